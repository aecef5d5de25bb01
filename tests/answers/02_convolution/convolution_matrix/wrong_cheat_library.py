# Cheat: lets the library answer each pixel.
# feedback: which does the task for you: lay the kernel into each row yourself
def convolution_matrix(kernel, height, width):
    fh, fw = kernel.shape
    if fh > height or fw > width:
        raise ValueError(f"{fh} x {fw} is larger than {height} x {width}")
    pixels = torch.eye(height * width).reshape(-1, 1, height, width)
    return F.conv2d(pixels, kernel[None, None]).flatten(1).T
