# Takes a kernel as large as the padded input for too large.
# feedback: a kernel exactly as large as the padded input fits
def fitting_paddings(input_size, kernel_size, stride, largest):
    return [
        p
        for p in range(largest + 1)
        if input_size + 2 * p > kernel_size and (input_size + 2 * p - kernel_size) % stride == 0
    ]
