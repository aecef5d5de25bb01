# Writes every weight into its row and column.
def convolution_matrix(kernel, height, width):
    fh, fw = kernel.shape
    if fh > height or fw > width:
        raise ValueError(f"{fh} x {fw} is larger than {height} x {width}")
    down, across = height - fh + 1, width - fw + 1
    matrix = torch.zeros(down * across, height * width, dtype=kernel.dtype)
    for r in range(down):
        for c in range(across):
            for u in range(fh):
                for v in range(fw):
                    matrix[r * across + c, (r + u) * width + c + v] = kernel[u, v]
    return matrix
