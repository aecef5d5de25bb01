# Rows for pixels and columns for places.
# feedback: the matrix is transposed: a row for each place of the map, a column for each pixel
def convolution_matrix(kernel, height, width):
    fh, fw = kernel.shape
    if fh > height or fw > width:
        raise ValueError(f"{fh} x {fw} is larger than {height} x {width}")
    rows = []
    for r in range(height - fh + 1):
        for c in range(width - fw + 1):
            canvas = kernel.new_zeros(height, width)
            canvas[r : r + fh, c : c + fw] = kernel
            rows.append(canvas.flatten())
    return torch.stack(rows).T
