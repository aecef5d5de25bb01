# Rolls, then sets to 0 what came in again.
def shift(picture, down, right):
    moved = picture.roll((down, right), (0, 1))
    if down:
        moved[:down] = 0 if down > 0 else moved[:down]
        moved[down:] = moved[down:] if down > 0 else 0
    if right:
        moved[:, :right] = 0 if right > 0 else moved[:, :right]
        moved[:, right:] = moved[:, right:] if right > 0 else 0
    return moved


def equivariance_error(picture, kernel, down, right, stride=1, margin=0):
    if down % stride or right % stride:
        raise ValueError(f"stride {stride} does not divide ({down}, {right})")
    f = lambda x: F.conv2d(x[None, None], kernel[None, None], stride=stride, padding=len(kernel) // 2)[0, 0]
    difference = (f(shift(picture, down, right)) - shift(f(picture), down // stride, right // stride)).abs()
    height, width = difference.shape
    return difference[margin : height - margin, margin : width - margin].max().item()
