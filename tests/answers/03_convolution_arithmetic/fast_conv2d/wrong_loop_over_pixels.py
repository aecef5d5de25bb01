# The answer of task 5 once more.
# feedback: there is still a loop that grows with it
def fast_conv2d(x, weight, bias=None, stride=1, padding=0):
    fh, fw = weight.shape[2:]
    padded = F.pad(x, (padding,) * 4)
    h2, w2 = (padded.shape[2] - fh) // stride + 1, (padded.shape[3] - fw) // stride + 1
    out = x.new_zeros(len(x), len(weight), h2, w2)
    for i in range(h2):
        for j in range(w2):
            window = padded[:, :, i * stride : i * stride + fh, j * stride : j * stride + fw]
            out[:, :, i, j] = torch.einsum("bcuv,kcuv->bk", window, weight)
    return out if bias is None else out + bias.view(1, -1, 1, 1)
