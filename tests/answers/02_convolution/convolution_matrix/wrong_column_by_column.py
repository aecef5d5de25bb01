# Reads the picture column by column.
# feedback: the picture is read line by line; yours is read column by column
def convolution_matrix(kernel, height, width):
    fh, fw = kernel.shape
    if fh > height or fw > width:
        raise ValueError(f"{fh} x {fw} is larger than {height} x {width}")
    rows = []
    for r in range(height - fh + 1):
        for c in range(width - fw + 1):
            canvas = kernel.new_zeros(height, width)
            canvas[r : r + fh, c : c + fw] = kernel
            rows.append(canvas.T.flatten())
    return torch.stack(rows)
