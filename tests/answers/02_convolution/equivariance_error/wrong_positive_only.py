# Slices that work for positive shifts only.
# feedback: negative shifts are ignored
def shift(picture, down, right):
    down, right = max(down, 0), max(right, 0)
    moved = torch.zeros_like(picture)
    moved[down:, right:] = picture[: picture.shape[0] - down, : picture.shape[1] - right]
    return moved


def equivariance_error(picture, kernel, down, right, stride=1, margin=0):
    if down % stride or right % stride:
        raise ValueError(f"stride {stride} does not divide ({down}, {right})")
    f = lambda x: F.conv2d(x[None, None], kernel[None, None], stride=stride, padding=len(kernel) // 2)[0, 0]
    difference = (f(shift(picture, down, right)) - shift(f(picture), down // stride, right // stride)).abs()
    height, width = difference.shape
    return difference[margin : height - margin, margin : width - margin].max().item()
