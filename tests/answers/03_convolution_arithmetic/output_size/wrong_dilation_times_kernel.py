# Takes the dilated kernel to cover D * F squares.
# feedback: a dilated kernel covers D(F - 1) + 1 squares, not D * F
def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    extent = dilation * kernel_size
    room = input_size + 2 * padding - extent
    if stride < 1:
        raise ValueError("stride")
    if room < 0:
        raise ValueError(f"{extent} {input_size + 2 * padding}")
    return room // stride + 1
