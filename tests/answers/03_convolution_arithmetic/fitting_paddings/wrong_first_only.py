# Stops at the first that fits.
# feedback: only the first of them is there; the list holds all
def fitting_paddings(input_size, kernel_size, stride, largest):
    for p in range(largest + 1):
        room = input_size + 2 * p - kernel_size
        if room >= 0 and room % stride == 0:
            return [p]
    return []
