# The letters of the kernel's rows and columns are swapped in the einsum.
# feedback: the kernel's rows and columns are swapped
def fast_conv2d(x, weight, bias=None, stride=1, padding=0):
    windows = F.pad(x, (padding,) * 4).unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    out = torch.einsum("bcijvu,kcuv->bkij", windows, weight)
    return out if bias is None else out + bias.view(1, -1, 1, 1)
