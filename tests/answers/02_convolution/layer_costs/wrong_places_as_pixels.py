# As many places as pixels.
# feedback: there are N - F + 1 places along a side, not N
def layer_costs(in_channels, height, width, out_channels, kernel_size):
    if kernel_size > height or kernel_size > width:
        raise ValueError(f"kernel_size {kernel_size} in {height} x {width}")
    window = kernel_size * kernel_size * in_channels
    places = height * width
    dense = in_channels * height * width * places * out_channels
    local = window * places * out_channels
    return {
        "dense": {"weights": dense, "multiplications": dense},
        "local": {"weights": local, "multiplications": local},
        "shared": {"weights": window * out_channels, "multiplications": local},
    }
