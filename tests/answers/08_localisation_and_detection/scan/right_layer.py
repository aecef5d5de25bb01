# A Conv2d that is given the weights.
def scan(maps, weight, bias, size):
    channels, wanted = maps.shape[1], weight.shape[1]
    if wanted != channels * size[0] * size[1]:
        raise ValueError(f"{wanted} is not {channels} x {size[0]} x {size[1]} = {channels * size[0] * size[1]}")
    layer = torch.nn.Conv2d(channels, len(weight), size)
    layer.load_state_dict({"weight": weight.unflatten(1, (channels, *size)), "bias": bias})
    with torch.no_grad():
        return layer(maps)
