# Flips the rows only.
# feedback: flip the kernel's columns too, not its rows alone
def convolve2d(picture, kernel):
    return F.conv2d(picture[None, None], kernel.flip(0)[None, None], padding=(kernel.shape[0] - 1, kernel.shape[1] - 1))[0, 0]
