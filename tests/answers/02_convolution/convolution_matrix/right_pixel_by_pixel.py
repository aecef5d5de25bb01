# Column by column: what each pixel alone gives, with windows.
def convolution_matrix(kernel, height, width):
    fh, fw = kernel.shape
    if fh > height or fw > width:
        raise ValueError(f"{fh} x {fw} is larger than {height} x {width}")
    pixels = torch.eye(height * width, dtype=kernel.dtype).reshape(-1, height, width)
    windows = pixels.unfold(1, fh, 1).unfold(2, fw, 1)
    return torch.einsum("prcuv,uv->prc", windows, kernel).flatten(1).T
