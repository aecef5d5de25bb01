# Divides with /, so the size is a float.
# feedback: `/` gives a float, and a size is an int: use `//`
def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    for name, value in [("input_size", input_size), ("kernel_size", kernel_size), ("stride", stride)]:
        if value < 1:
            raise ValueError(f"{name} is {value}")
    room = input_size + 2 * padding - dilation * (kernel_size - 1) - 1
    size = room / stride + 1
    if size != int(size):
        raise ValueError(f"does not fit: {size:.2f}")
    return size
