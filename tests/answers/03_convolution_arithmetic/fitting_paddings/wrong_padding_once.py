# Adds P once.
# feedback: zeros are added on both sides: 2P, not P
def fitting_paddings(input_size, kernel_size, stride, largest):
    return [
        p
        for p in range(largest + 1)
        if input_size + p >= kernel_size and (input_size + p - kernel_size) % stride == 0
    ]
