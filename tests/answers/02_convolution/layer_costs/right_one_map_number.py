# From the cost of one number of the maps.
def layer_costs(in_channels, height, width, out_channels, kernel_size):
    if kernel_size > height or kernel_size > width:
        raise ValueError(f"kernel_size {kernel_size} in {height} x {width}")
    numbers = out_channels * (height + 1 - kernel_size) * (width + 1 - kernel_size)
    def layer(looks_at, sets_of_weights):
        return {"weights": looks_at * sets_of_weights, "multiplications": looks_at * numbers}
    window = in_channels * kernel_size**2
    return {
        "dense": layer(in_channels * height * width, numbers),
        "local": layer(window, numbers),
        "shared": layer(window, out_channels),
    }
