# Believes that sharing saves multiplications.
# feedback: sharing saves weights, not multiplications
def layer_costs(in_channels, height, width, out_channels, kernel_size):
    if kernel_size > height or kernel_size > width:
        raise ValueError(f"kernel_size {kernel_size} in {height} x {width}")
    window = kernel_size * kernel_size * in_channels
    places = (height - kernel_size + 1) * (width - kernel_size + 1)
    dense = in_channels * height * width * places * out_channels
    local = window * places * out_channels
    return {
        "dense": {"weights": dense, "multiplications": dense},
        "local": {"weights": local, "multiplications": local},
        "shared": {"weights": window * out_channels, "multiplications": window * out_channels},
    }
