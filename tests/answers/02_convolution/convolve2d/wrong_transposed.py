# Transposes in place of flipping.
# feedback: a transpose swaps rows with columns; a flip turns both round
def convolve2d(picture, kernel):
    return F.conv2d(picture[None, None], kernel.T[None, None], padding=(kernel.shape[1] - 1, kernel.shape[0] - 1))[0, 0]
