# Fast for each picture, but picture by picture.
# feedback: 24 pictures instead of 2 took
def fast_conv2d(x, weight, bias=None, stride=1, padding=0):
    maps = []
    for picture in x:
        windows = (
            F.pad(picture, (padding,) * 4)
            .unfold(1, weight.shape[2], stride)
            .unfold(2, weight.shape[3], stride)
        )
        maps.append(torch.einsum("cijuv,kcuv->kij", windows, weight))
    out = torch.stack(maps)
    return out if bias is None else out + bias.view(1, -1, 1, 1)
