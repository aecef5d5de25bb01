# Counts the numbers in all windows with unfold.
def layer_costs(in_channels, height, width, out_channels, kernel_size):
    if kernel_size > height or kernel_size > width:
        raise ValueError(f"kernel_size {kernel_size} in {height} x {width}")
    picture = torch.zeros(in_channels, height, width)
    windows = picture.unfold(1, kernel_size, 1).unfold(2, kernel_size, 1)  # a view: nothing is copied
    places = windows.shape[1] * windows.shape[2]
    costs = {"dense": (picture.numel() * places * out_channels,) * 2, "local": (windows.numel() * out_channels,) * 2}
    costs["shared"] = (windows.numel() // places * out_channels, windows.numel() * out_channels)
    return {name: dict(zip(("weights", "multiplications"), pair)) for name, pair in costs.items()}
