# Forgets the place where the kernel begins.
# feedback: you left out the + 1
def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    extent = dilation * (kernel_size - 1) + 1
    room = input_size + 2 * padding - extent
    if min(input_size, kernel_size, stride, dilation) < 1 or padding < 0 or room < 0 or room % stride:
        raise ValueError(
            f"input_size kernel_size stride padding dilation {extent} {room / max(stride, 1) + 1:.2f}"
        )
    return room // stride
