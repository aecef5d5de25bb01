# Stamps all at once, and lets fold add them up.
def transposed_size(n, kernel_size, stride=1, padding=0):
    """Pixels that a side of n pixels has after a transposed convolution."""
    size = (n - 1) * stride + kernel_size - 2 * padding
    if size < 1:
        raise ValueError(f"nothing is left: the result would have {size} pixels")
    return size



def transposed_conv2d(x, weight, bias, stride=1, padding=0):
    b, _, h, w = x.shape
    c, k, f, _ = weight.shape
    columns = torch.einsum("bcn,cm->bmn", x.flatten(2), weight.reshape(c, -1))
    size = [transposed_size(n, f, stride) for n in (h, w)]
    out = F.fold(columns, size, f, stride=stride)
    out = out[:, :, padding : size[0] - padding, padding : size[1] - padding]
    return out + bias.view(1, -1, 1, 1)
