# No padding.
# feedback: pad with one less than the kernel
def convolve2d(picture, kernel):
    return F.conv2d(picture[None, None], kernel.flip(0, 1)[None, None], padding=0)[0, 0]
