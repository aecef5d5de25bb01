# Lays the kernel down as one run of numbers.
# feedback: the kernel's rows stand one picture line apart, not directly after each other
def convolution_matrix(kernel, height, width):
    fh, fw = kernel.shape
    if fh > height or fw > width:
        raise ValueError(f"{fh} x {fw} is larger than {height} x {width}")
    rows = []
    for r in range(height - fh + 1):
        for c in range(width - fw + 1):
            row = kernel.new_zeros(height * width)
            start = r * width + c
            flat = kernel.flatten()[: len(row) - start]
            row[start : start + len(flat)] = flat
            rows.append(row)
    return torch.stack(rows)
