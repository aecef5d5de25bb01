# The number of dimensions decides; layers hold the weights.
def filter_data(kind, data, weight):
    if kind not in ("waveform", "grey", "stereo", "colour", "video"):
        raise ValueError(f"{kind}: not a kind of data that I know")
    if data.ndim < weight.ndim:
        data = data.unsqueeze(-1)
    channels_first = torch.stack(data.unbind(-1), 1)
    layer = {3: torch.nn.Conv1d, 4: torch.nn.Conv2d, 5: torch.nn.Conv3d}[weight.ndim]
    layer = layer(weight.shape[1], weight.shape[0], tuple(weight.shape[2:]), bias=False)
    layer.load_state_dict({"weight": weight})
    return layer(channels_first).detach()
