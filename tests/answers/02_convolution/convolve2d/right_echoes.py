# Every pixel leaves a copy of the kernel, and all add up.
def convolve2d(picture, kernel):
    (height, width), (fh, fw) = picture.shape, kernel.shape
    out = picture.new_zeros(height + fh - 1, width + fw - 1)
    for i in range(height):
        for j in range(width):
            out[i : i + fh, j : j + fw] += picture[i, j] * kernel
    return out
