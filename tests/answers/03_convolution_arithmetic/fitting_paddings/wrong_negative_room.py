# Looks at the rest of the division only: -6 % 2 is 0 too.
# feedback: leave the kernel larger than the padded input
def fitting_paddings(input_size, kernel_size, stride, largest):
    return [p for p in range(largest + 1) if (input_size + 2 * p - kernel_size) % stride == 0]
