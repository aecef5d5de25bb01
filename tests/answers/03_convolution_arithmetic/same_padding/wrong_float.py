# Divides with /.
# feedback: `/` gives a float, and P is an int: use `//`
def same_padding(kernel_size, dilation=1):
    if dilation * (kernel_size - 1) % 2:
        raise ValueError(f"no padding for kernel_size {kernel_size}")
    return dilation * (kernel_size - 1) / 2
