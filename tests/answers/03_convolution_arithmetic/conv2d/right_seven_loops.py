# Every number by itself: seven loops, no slice, no einsum, no padding tensor.
def conv2d(x, weight, bias=None, stride=1, padding=0):
    images, channels, height, width = x.shape
    kernels, kernel_channels, fh, fw = weight.shape
    if channels != kernel_channels:
        raise ValueError(f"{channels} channels against {kernel_channels}")
    rows = (height + 2 * padding - fh) // stride + 1
    columns = (width + 2 * padding - fw) // stride + 1
    out = torch.zeros(images, kernels, rows, columns, dtype=x.dtype)
    for b in range(images):
        for k in range(kernels):
            for i in range(rows):
                for j in range(columns):
                    total = 0.0 if bias is None else bias[k].item()
                    for c in range(channels):
                        for u in range(fh):
                            for v in range(fw):
                                row, column = i * stride + u - padding, j * stride + v - padding
                                if 0 <= row < height and 0 <= column < width:
                                    total += x[b, c, row, column].item() * weight[k, c, u, v].item()
                    out[b, k, i, j] = total
    return out
