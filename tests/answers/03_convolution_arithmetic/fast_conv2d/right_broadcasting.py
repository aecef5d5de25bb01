# No einsum: one large product by broadcasting, then a sum.
def fast_conv2d(x, weight, bias=None, stride=1, padding=0):
    windows = F.pad(x, (padding,) * 4).unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    products = windows.unsqueeze(1) * weight[None, :, :, None, None]
    out = products.sum(dim=(2, 5, 6))
    if bias is not None:
        out += bias[None, :, None, None]
    return out
