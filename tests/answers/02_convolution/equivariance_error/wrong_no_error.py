# Rounds where the stride does not divide the shift.
# feedback: expected it to raise ValueError
def shift(picture, down, right):
    return F.pad(picture, (right, -right, down, -down))


def equivariance_error(picture, kernel, down, right, stride=1, margin=0):
    f = lambda x: F.conv2d(x[None, None], kernel[None, None], stride=stride, padding=len(kernel) // 2)[0, 0]
    difference = (f(shift(picture, down, right)) - shift(f(picture), down // stride, right // stride)).abs()
    height, width = difference.shape
    return difference[margin : height - margin, margin : width - margin].max().item()
