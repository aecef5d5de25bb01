# Each row is the kernel with zeros around it.
def convolution_matrix(kernel, height, width):
    fh, fw = kernel.shape
    if fh > height or fw > width:
        raise ValueError(f"{fh} x {fw} is larger than {height} x {width}")
    rows = [
        F.pad(kernel, (c, width - fw - c, r, height - fh - r)).flatten()
        for r in range(height - fh + 1)
        for c in range(width - fw + 1)
    ]
    return torch.stack(rows)
