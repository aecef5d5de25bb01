# A comprehension over the kernels is a loop too.
# feedback: 24 kernels instead of 3 took
def fast_conv2d(x, weight, bias=None, stride=1, padding=0):
    windows = F.pad(x, (padding,) * 4).unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    out = torch.stack([torch.einsum("bcijuv,cuv->bij", windows, kernel) for kernel in weight], dim=1)
    return out if bias is None else out + bias.view(1, -1, 1, 1)
