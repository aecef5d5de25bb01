# Calls PyTorch's own.
# feedback: which does the task for you
def transposed_size(n, kernel_size, stride=1, padding=0):
    """Pixels that a side of n pixels has after a transposed convolution."""
    size = (n - 1) * stride + kernel_size - 2 * padding
    if size < 1:
        raise ValueError(f"nothing is left: the result would have {size} pixels")
    return size


def transposed_conv2d(x, weight, bias, stride=1, padding=0):
    return F.conv_transpose2d(x, weight, bias, stride, padding)
