# Puts zeros between the numbers, then slides the turned kernel by unfold.
def transposed_size(n, kernel_size, stride=1, padding=0):
    """Pixels that a side of n pixels has after a transposed convolution."""
    size = (n - 1) * stride + kernel_size - 2 * padding
    if size < 1:
        raise ValueError(f"nothing is left: the result would have {size} pixels")
    return size



def transposed_conv2d(x, weight, bias, stride=1, padding=0):
    b, c, h, w = x.shape
    f, edge = weight.shape[-1], weight.shape[-1] - 1
    spread = x.new_zeros(b, c, (h - 1) * stride + 1 + 2 * edge, (w - 1) * stride + 1 + 2 * edge)
    spread[:, :, edge : spread.shape[2] - edge : stride, edge : spread.shape[3] - edge : stride] = x
    windows = spread.unfold(2, f, 1).unfold(3, f, 1)
    out = torch.einsum("bchwuv,ckuv->bkhw", windows, weight.flip(2, 3)) + bias[:, None, None]
    return out[:, :, padding : out.shape[2] - padding, padding : out.shape[3] - padding]
