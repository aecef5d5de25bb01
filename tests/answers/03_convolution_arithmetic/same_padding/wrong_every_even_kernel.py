# Refuses every even F, though with D = 2 the kernel covers an odd number of squares.
# feedback: an odd number, so P = 3 keeps the size
def same_padding(kernel_size, dilation=1):
    if kernel_size % 2 == 0:
        raise ValueError(f"kernel_size {kernel_size} is even")
    return dilation * (kernel_size - 1) // 2
