# Multiplies in place and so destroys the caller's picture.
# feedback: your function changes its argument: work on a copy
def conv2d(x, weight, bias=None, stride=1, padding=0):
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"{x.shape[1]} and {weight.shape[1]} channels")
    fh, fw = weight.shape[2:]
    padded = F.pad(x, (padding,) * 4) if padding else x
    h2, w2 = (padded.shape[2] - fh) // stride + 1, (padded.shape[3] - fw) // stride + 1
    out = x.new_zeros(len(x), len(weight), h2, w2)
    for k in range(len(weight)):
        for i in range(h2):
            for j in range(w2):
                window = padded[:, :, i * stride : i * stride + fh, j * stride : j * stride + fw]
                window *= weight[k]
                out[:, k, i, j] = window.sum((1, 2, 3))
    return out if bias is None else out + bias.view(1, -1, 1, 1)
