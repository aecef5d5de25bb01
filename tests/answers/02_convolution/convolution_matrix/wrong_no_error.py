# No error for a kernel that does not fit.
# feedback: expected it to raise ValueError
def convolution_matrix(kernel, height, width):
    fh, fw = kernel.shape
    rows = [torch.zeros(0, height * width)]
    for r in range(height - fh + 1):
        for c in range(width - fw + 1):
            rows.append(F.pad(kernel, (c, width - fw - c, r, height - fh - r)).flatten()[None])
    return torch.cat(rows)
