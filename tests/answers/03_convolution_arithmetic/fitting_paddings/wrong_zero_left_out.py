# Begins at P = 1.
# feedback: P = 0, no padding at all, may fit too
def fitting_paddings(input_size, kernel_size, stride, largest):
    return [
        p
        for p in range(1, largest + 1)
        if input_size + 2 * p >= kernel_size and (input_size + 2 * p - kernel_size) % stride == 0
    ]
