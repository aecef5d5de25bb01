# Looks at every pixel and its neighbours.
def group(centres, offsets, foreground, least=0.3):
    height, width = centres.shape
    values, peaks = centres.tolist(), []
    for r in range(height):
        for c in range(width):
            near = [values[i][j] for i in range(max(r - 1, 0), min(r + 2, height)) for j in range(max(c - 1, 0), min(c + 2, width))]
            if values[r][c] >= least and values[r][c] == max(near):
                peaks.append((c, r))
    result = torch.zeros(height, width, dtype=torch.int64)
    if peaks:
        for r, c in foreground.nonzero().tolist():
            x, y = c + offsets[0, r, c].item(), r + offsets[1, r, c].item()
            far = [(x - a) ** 2 + (y - b) ** 2 for a, b in peaks]
            result[r, c] = far.index(min(far)) + 1
    return result
