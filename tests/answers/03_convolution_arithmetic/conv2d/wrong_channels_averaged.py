# Takes the mean over the channels.
# feedback: the channels are averaged; they must be added
def conv2d(x, weight, bias=None, stride=1, padding=0):
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"{x.shape[1]} and {weight.shape[1]} channels")
    fh, fw = weight.shape[2:]
    padded = F.pad(x, (padding, padding, padding, padding))
    windows = padded.unfold(2, fh, stride).unfold(3, fw, stride)
    out = torch.einsum("bcijuv,kcuv->bckij", windows, weight).mean(1)
    return out if bias is None else out + bias.view(1, -1, 1, 1)
