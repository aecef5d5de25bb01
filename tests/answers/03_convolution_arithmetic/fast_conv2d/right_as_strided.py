# The windows as a view made by hand from strides, then tensordot.
def fast_conv2d(x, weight, bias=None, stride=1, padding=0):
    padded = F.pad(x, (padding,) * 4).contiguous()
    fh, fw = weight.shape[2:]
    h2, w2 = (padded.shape[2] - fh) // stride + 1, (padded.shape[3] - fw) // stride + 1
    sb, sc, sh, sw = padded.stride()
    windows = torch.as_strided(
        padded, (*padded.shape[:2], h2, w2, fh, fw), (sb, sc, sh * stride, sw * stride, sh, sw)
    )
    out = torch.tensordot(windows, weight, dims=([1, 4, 5], [1, 2, 3])).movedim(3, 1)
    return out if bias is None else out + bias.view(-1, 1, 1)
