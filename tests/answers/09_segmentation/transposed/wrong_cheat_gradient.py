# Takes the gradient of a convolution.
# feedback: which does the task for you
def transposed_size(n, kernel_size, stride=1, padding=0):
    """Pixels that a side of n pixels has after a transposed convolution."""
    size = (n - 1) * stride + kernel_size - 2 * padding
    if size < 1:
        raise ValueError(f"nothing is left: the result would have {size} pixels")
    return size


def transposed_conv2d(x, weight, bias, stride=1, padding=0):
    size = [transposed_size(n, weight.shape[2], stride, padding) for n in x.shape[2:]]
    y = torch.zeros(len(x), weight.shape[1], *size, requires_grad=True)
    out = F.conv2d(y, weight, None, stride, padding)
    return torch.autograd.grad(out, y, x)[0] + bias[:, None, None]
