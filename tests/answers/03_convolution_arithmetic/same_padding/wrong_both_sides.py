# Returns the zeros of both sides together.
# feedback: that is the padding of both sides together; P is that of one side
def same_padding(kernel_size, dilation=1):
    if dilation * (kernel_size - 1) % 2:
        raise ValueError(f"no padding for kernel_size {kernel_size}")
    return dilation * (kernel_size - 1)
