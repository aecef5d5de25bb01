# As large as the picture.
# feedback: the output is as large as the picture; full means every place where the two overlap
def convolve2d(picture, kernel):
    return F.conv2d(picture[None, None], kernel.flip(0, 1)[None, None], padding=(kernel.shape[0] // 2, kernel.shape[1] // 2))[0, 0]
