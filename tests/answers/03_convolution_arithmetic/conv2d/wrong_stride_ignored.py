# Makes an output of the right size but moves the window by one pixel each time.
# feedback: the stride scales the output's shape but not the place of the window
def conv2d(x, weight, bias=None, stride=1, padding=0):
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"{x.shape[1]} and {weight.shape[1]} channels")
    fh, fw = weight.shape[2:]
    padded = F.pad(x, (padding, padding, padding, padding))
    h2, w2 = (padded.shape[2] - fh) // stride + 1, (padded.shape[3] - fw) // stride + 1
    out = x.new_zeros(len(x), len(weight), h2, w2)
    for i in range(h2):
        for j in range(w2):
            window = padded[:, :, i : i + fh, j : j + fw]
            out[:, :, i, j] = torch.einsum("bcuv,kcuv->bk", window, weight)
    return out if bias is None else out + bias.view(1, -1, 1, 1)
