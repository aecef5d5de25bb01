# Goes through the places of the kernel, not of the maps.
def transposed_size(n, kernel_size, stride=1, padding=0):
    left = stride * n - stride + kernel_size - padding - padding
    if left <= 0:
        raise ValueError("the size would be " + str(left))
    return left


def transposed_conv2d(x, weight, bias, stride=1, padding=0):
    f, (h, w) = weight.shape[2], x.shape[2:]
    out = torch.zeros(x.shape[0], weight.shape[1], stride * (h - 1) + f, stride * (w - 1) + f)
    for u in range(f):
        for v in range(f):
            rows = slice(u, u + stride * (h - 1) + 1, stride)
            columns = slice(v, v + stride * (w - 1) + 1, stride)
            out[:, :, rows, columns] += torch.tensordot(x, weight[:, :, u, v], ([1], [0])).movedim(-1, 1)
    return out[:, :, padding:, padding:][:, :, : out.shape[2] - 2 * padding, : out.shape[3] - 2 * padding] + bias.reshape(-1, 1, 1)
