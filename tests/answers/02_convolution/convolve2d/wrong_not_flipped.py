# Forgets the flip.
# feedback: that is cross-correlation: flip the kernel first
def convolve2d(picture, kernel):
    return F.conv2d(picture[None, None], kernel[None, None], padding=(kernel.shape[0] - 1, kernel.shape[1] - 1))[0, 0]
