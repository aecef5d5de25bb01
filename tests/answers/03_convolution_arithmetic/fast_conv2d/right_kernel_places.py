# A loop over the places of the kernel; strided slices and einsum.
def fast_conv2d(x, weight, bias=None, stride=1, padding=0):
    fh, fw = weight.shape[2:]
    padded = F.pad(x, (padding,) * 4)
    h2, w2 = (padded.shape[2] - fh) // stride + 1, (padded.shape[3] - fw) // stride + 1
    out = torch.zeros(())
    for u in range(fh):
        for v in range(fw):
            pixels = padded[
                :, :, u : u + (h2 - 1) * stride + 1 : stride, v : v + (w2 - 1) * stride + 1 : stride
            ]
            out = out + torch.einsum("bcij,kc->bkij", pixels, weight[:, :, u, v])
    if bias is not None:
        out = out + bias[:, None, None]
    return out
