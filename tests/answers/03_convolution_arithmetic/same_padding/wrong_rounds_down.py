# Rounds down for an even kernel, and the output comes out one smaller.
# feedback: expected it to raise ValueError
def same_padding(kernel_size, dilation=1):
    return dilation * (kernel_size - 1) // 2
