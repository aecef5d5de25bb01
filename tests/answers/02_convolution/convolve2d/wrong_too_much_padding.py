# Pads with the whole kernel.
# feedback: too much padding: where the kernel does not touch the picture there is no place
def convolve2d(picture, kernel):
    return F.conv2d(picture[None, None], kernel.flip(0, 1)[None, None], padding=tuple(kernel.shape))[0, 0]
