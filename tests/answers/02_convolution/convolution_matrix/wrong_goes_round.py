# A place for every pixel: the kernel goes round the edges.
# feedback: no padding, no going round
def convolution_matrix(kernel, height, width):
    fh, fw = kernel.shape
    if fh > height or fw > width:
        raise ValueError(f"{fh} x {fw} is larger than {height} x {width}")
    rows = []
    for place in range(height * width):
        row = kernel.new_zeros(height * width)
        for u in range(fh):
            for v in range(fw):
                row[(place + u * width + v) % len(row)] = kernel[u, v]
        rows.append(row)
    return torch.stack(rows)
