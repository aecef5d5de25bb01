# Flips the columns only.
# feedback: flip the kernel's rows too, not its columns alone
def convolve2d(picture, kernel):
    return F.conv2d(picture[None, None], kernel.flip(1)[None, None], padding=(kernel.shape[0] - 1, kernel.shape[1] - 1))[0, 0]
