# Takes the dilated kernel to cover D * F squares.
# feedback: a dilated kernel covers D(F - 1) + 1 squares, not D * F
def same_padding(kernel_size, dilation=1):
    if (dilation * kernel_size - 1) % 2 and dilation == 1:
        raise ValueError(f"kernel_size {kernel_size} is even")
    return (dilation * kernel_size - 1) // 2
