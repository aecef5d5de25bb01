# Swaps rows and columns of the kernel.
# feedback: the kernel's rows and columns are swapped
def conv2d(x, weight, bias=None, stride=1, padding=0):
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"{x.shape[1]} and {weight.shape[1]} channels")
    fh, fw = weight.shape[2:]
    windows = F.pad(x, (padding,) * 4).unfold(2, fh, stride).unfold(3, fw, stride)
    out = torch.einsum("bcijuv,kcvu->bkij", windows, weight)
    return out if bias is None else out + bias.view(1, -1, 1, 1)
