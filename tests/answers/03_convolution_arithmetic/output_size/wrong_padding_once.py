# Counts the zeros of one side only.
# feedback: zeros are added on both sides: 2P, not P
def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    extent = dilation * (kernel_size - 1) + 1
    room = input_size + padding - extent
    if stride < 1:
        raise ValueError("stride")
    if room < 0 or room % stride:
        raise ValueError(f"{extent} {input_size + padding} {room / stride + 1:.2f}")
    return room // stride + 1
