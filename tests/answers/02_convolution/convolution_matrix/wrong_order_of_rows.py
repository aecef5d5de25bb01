# Goes down the picture first, then to the right.
# feedback: the map is read line by line too: your rows are in another order
def convolution_matrix(kernel, height, width):
    fh, fw = kernel.shape
    if fh > height or fw > width:
        raise ValueError(f"{fh} x {fw} is larger than {height} x {width}")
    rows = []
    for c in range(width - fw + 1):
        for r in range(height - fh + 1):
            canvas = kernel.new_zeros(height, width)
            canvas[r : r + fh, c : c + fw] = kernel
            rows.append(canvas.flatten())
    return torch.stack(rows)
