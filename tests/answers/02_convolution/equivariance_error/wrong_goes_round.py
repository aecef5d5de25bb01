# Rolls: what leaves comes in again.
# feedback: what leaves the picture must not come in again at the other side: zeros move in
def shift(picture, down, right):
    return picture.roll((down, right), (0, 1))


def equivariance_error(picture, kernel, down, right, stride=1, margin=0):
    if down % stride or right % stride:
        raise ValueError(f"stride {stride} does not divide ({down}, {right})")
    f = lambda x: F.conv2d(x[None, None], kernel[None, None], stride=stride, padding=len(kernel) // 2)[0, 0]
    difference = (f(shift(picture, down, right)) - shift(f(picture), down // stride, right // stride)).abs()
    height, width = difference.shape
    return difference[margin : height - margin, margin : width - margin].max().item()
