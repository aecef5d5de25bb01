# Loops over the places of the kernel and adds strided slices of the whole picture.
def conv2d(x, weight, bias=None, stride=1, padding=0):
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"x: {x.shape[1]} channels, weight: {weight.shape[1]} channels")
    h2 = (x.shape[2] + 2 * padding - weight.shape[2]) // stride + 1
    w2 = (x.shape[3] + 2 * padding - weight.shape[3]) // stride + 1
    big = x.new_zeros(x.shape[0], x.shape[1], x.shape[2] + 2 * padding, x.shape[3] + 2 * padding)
    big[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]] = x
    out = 0
    for u in range(weight.shape[2]):
        for v in range(weight.shape[3]):
            seen = big[:, :, u : u + h2 * stride : stride, v : v + w2 * stride : stride][:, :, :h2, :w2]
            out = out + torch.tensordot(seen, weight[:, :, u, v], dims=([1], [1])).permute(0, 3, 1, 2)
    if bias is not None:
        out += bias.reshape(-1, 1, 1)
    return out
