# map() hides the loop over the rows from the eye, not from the count.
# feedback: there is still a loop that grows with it
def fast_conv2d(x, weight, bias=None, stride=1, padding=0):
    fh, fw = weight.shape[2:]
    padded = F.pad(x, (padding,) * 4)
    tops = range(0, padded.shape[2] - fh + 1, stride)
    strips = map(lambda top: padded[:, :, top : top + fh].unfold(3, fw, stride), tops)
    rows = list(map(lambda strip: torch.einsum("bcujv,kcuv->bkj", strip, weight), strips))
    out = torch.stack(rows, dim=2)
    return out if bias is None else out + bias.view(1, -1, 1, 1)
