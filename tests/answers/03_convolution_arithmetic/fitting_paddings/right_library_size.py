# Asks the course's output_size and catches its error.
def fitting_paddings(input_size, kernel_size, stride, largest):
    def fits(padding):
        try:
            return arithmetic.output_size(input_size, kernel_size, stride=stride, padding=padding) >= 1
        except ValueError:
            return False

    return list(filter(fits, range(largest + 1)))
