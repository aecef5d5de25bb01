# range(largest) stops one too early.
# feedback: `largest` itself may fit too
def fitting_paddings(input_size, kernel_size, stride, largest):
    return [
        p
        for p in range(largest)
        if input_size + 2 * p >= kernel_size and (input_size + 2 * p - kernel_size) % stride == 0
    ]
