# Takes the kernel's width for its height too.
# feedback: ✘ kernels that are not square
def conv2d(x, weight, bias=None, stride=1, padding=0):
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"{x.shape[1]} and {weight.shape[1]} channels")
    f = weight.shape[3]
    padded = F.pad(x, (padding, padding, padding, padding))
    h2, w2 = (padded.shape[2] - f) // stride + 1, (padded.shape[3] - f) // stride + 1
    out = x.new_zeros(len(x), len(weight), h2, w2)
    for i in range(h2):
        for j in range(w2):
            window = padded[:, :, i * stride : i * stride + f, j * stride : j * stride + f]
            out[:, :, i, j] = torch.einsum("bcuv,kcuv->bk", window, weight)
    return out if bias is None else out + bias.view(1, -1, 1, 1)
