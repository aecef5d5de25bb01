# One branch for each kind, with permute and unsqueeze.
def filter_data(kind, data, weight):
    if kind == "waveform":
        return F.conv1d(data.unsqueeze(1), weight)
    if kind == "grey":
        return F.conv2d(data.unsqueeze(1), weight)
    if kind in ("stereo", "colour"):
        return F.conv2d(data.permute(0, 3, 1, 2), weight)
    if kind == "video":
        return F.conv3d(data.permute(0, 4, 1, 2, 3), weight)
    raise ValueError(f"unknown kind {kind}")
