# Raises where it should, but the message does not help whoever reads it.
# feedback: does not mention 2.33
def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    room = input_size + 2 * padding - dilation * (kernel_size - 1) - 1
    if min(input_size, kernel_size, stride, dilation) < 1 or padding < 0 or room < 0 or room % stride:
        raise ValueError("invalid arguments")
    return room // stride + 1
