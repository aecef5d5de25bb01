# Does not cut off the padding.
# feedback: the padding is to be cut off
def transposed_size(n, kernel_size, stride=1, padding=0):
    """Pixels that a side of n pixels has after a transposed convolution."""
    size = (n - 1) * stride + kernel_size - 2 * padding
    if size < 1:
        raise ValueError(f"nothing is left: the result would have {size} pixels")
    return size


def transposed_conv2d(x, weight, bias, stride=1, padding=0):
    """Maps (B, C_in, H, W) as stamps of the kernels (C_in, C_out, f, f): (B, C_out, H_out, W_out)."""
    f = weight.shape[2]
    height, width = ((n - 1) * stride + f for n in x.shape[2:])
    out = torch.zeros(len(x), weight.shape[1], height, width)
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            top, left = i * stride, j * stride
            stamp = torch.einsum("bc,ckuv->bkuv", x[:, :, i, j], weight)
            out[:, :, top : top + f, left : left + f] += stamp
    return out + bias[:, None, None]
