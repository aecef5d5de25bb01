# Forgets the dilation.
# feedback: the dilation is ignored
def same_padding(kernel_size, dilation=1):
    if kernel_size % 2 == 0:
        raise ValueError(f"kernel_size {kernel_size} is even")
    return (kernel_size - 1) // 2
