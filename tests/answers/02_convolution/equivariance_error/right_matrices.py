# Shifts by matrices with one diagonal; compares with a mask.
def shift(picture, down, right):
    height, width = picture.shape
    rows = torch.diag(torch.ones(max(height - abs(down), 0)), -down)[:height, :height] if abs(down) < height else torch.zeros(height, height)
    columns = torch.diag(torch.ones(max(width - abs(right), 0)), right)[:width, :width] if abs(right) < width else torch.zeros(width, width)
    return rows @ picture @ columns


def equivariance_error(picture, kernel, down, right, stride=1, margin=0):
    for pixels in (down, right):
        if pixels // stride * stride != pixels:
            raise ValueError(f"{pixels} pixels are no multiple of the stride {stride}")
    layer = torch.nn.Conv2d(1, 1, len(kernel), stride=stride, padding=(len(kernel) - 1) // 2, bias=False)
    layer.load_state_dict({"weight": kernel[None, None]})
    with torch.no_grad():
        first, then = layer(shift(picture, down, right)[None])[0], layer(picture[None])[0]
    moved = shift(then, down // stride, right // stride)
    largest = 0.0
    for r in range(margin, len(first) - margin):
        for c in range(margin, first.shape[1] - margin):
            largest = max(largest, abs(float(first[r, c]) - float(moved[r, c])))
    return largest
