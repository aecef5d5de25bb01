# Cuts the weight off from autograd.
# feedback: the gradient with respect to weight
def fast_conv2d(x, weight, bias=None, stride=1, padding=0):
    windows = F.pad(x, (padding,) * 4).unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    out = torch.einsum("bcijuv,kcuv->bkij", windows, weight.detach())
    return out if bias is None else out + bias.view(1, -1, 1, 1)
