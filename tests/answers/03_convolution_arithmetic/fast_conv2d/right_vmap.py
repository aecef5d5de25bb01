# torch.vmap writes the loop over the pictures away.
def fast_conv2d(x, weight, bias=None, stride=1, padding=0):
    def one(picture):
        windows = (
            F.pad(picture, (padding,) * 4)
            .unfold(1, weight.shape[2], stride)
            .unfold(2, weight.shape[3], stride)
        )
        return torch.einsum("cijuv,kcuv->kij", windows, weight)

    out = torch.vmap(one)(x)
    return out if bias is None else out + bias.view(1, -1, 1, 1)
