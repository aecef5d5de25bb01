# Accepts dilation and does nothing with it.
# feedback: the dilation is ignored
def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    for name, value in dict(
        input_size=input_size, kernel_size=kernel_size, stride=stride, dilation=dilation
    ).items():
        if value < 1:
            raise ValueError(name)
    if padding < 0:
        raise ValueError("padding")
    room = input_size + 2 * padding - kernel_size
    if room < 0:
        raise ValueError(f"kernel {kernel_size}, padded input {input_size + 2 * padding}")
    if room % stride:
        raise ValueError(f"{room / stride + 1:.2f}")
    return room // stride + 1
