# im2col by a table of indices: one gather, one matrix product.
def fast_conv2d(x, weight, bias=None, stride=1, padding=0):
    padded = F.pad(x, (padding, padding, padding, padding))
    batch, channels, height, width = padded.shape
    kernels, _, fh, fw = weight.shape
    h2, w2 = (height - fh) // stride + 1, (width - fw) // stride + 1
    rows = (torch.arange(h2) * stride)[:, None, None, None] + torch.arange(fh)[None, None, :, None]
    columns = (torch.arange(w2) * stride)[None, :, None, None] + torch.arange(fw)[None, None, None, :]
    windows = padded[:, :, rows, columns]
    table = windows.permute(0, 2, 3, 1, 4, 5).reshape(batch * h2 * w2, channels * fh * fw)
    out = (table @ weight.reshape(kernels, -1).T).reshape(batch, h2, w2, kernels).permute(0, 3, 1, 2)
    return out if bias is None else out + bias.reshape(1, kernels, 1, 1)
