# Builds the sizes that would fit and asks which padding gives them.
def fitting_paddings(input_size, kernel_size, stride, largest):
    fitting = set()
    padded = kernel_size
    while padded <= input_size + 2 * largest:
        extra = padded - input_size
        if extra >= 0 and extra % 2 == 0:
            fitting.add(extra // 2)
        padded += stride
    return sorted(fitting)
