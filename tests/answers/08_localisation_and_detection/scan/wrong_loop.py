# Right numbers, window by window.
# feedback: there is still a loop that grows with it
def scan(maps, weight, bias, size):
    (fh, fw), expected = size, maps.shape[1] * size[0] * size[1]
    if weight.shape[1] != expected:
        raise ValueError(f"{weight.shape[1]} and {expected}")
    height, width = maps.shape[2] - fh + 1, maps.shape[3] - fw + 1
    out = torch.zeros(len(maps), len(weight), height, width)
    for i in range(height):
        for j in range(width):
            out[:, :, i, j] = F.linear(maps[:, :, i : i + fh, j : j + fw].flatten(1), weight, bias)
    return out
