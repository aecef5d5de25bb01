# Takes PyTorch's rule, by which everything fits.
# feedback: rounding down makes everything fit; here the last step must fit exactly
def fitting_paddings(input_size, kernel_size, stride, largest):
    return [p for p in range(largest + 1) if (input_size + 2 * p - kernel_size) // stride + 1 >= 1]
