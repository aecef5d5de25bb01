# Filters each frame of a film by itself.
# feedback: each frame was filtered by itself: a film needs F.conv3d
def filter_data(kind, data, weight):
    if kind == "video":
        return torch.stack([F.conv2d(frame.movedim(-1, 1), weight[:, :, 0]) for frame in data.unbind(1)], 2)
    convolutions = {"waveform": F.conv1d, "grey": F.conv2d, "stereo": F.conv2d, "colour": F.conv2d}
    if kind not in convolutions:
        raise ValueError(f"there is no kind {kind}")
    x = data[:, None] if kind in ("waveform", "grey") else data.movedim(-1, 1)
    return convolutions[kind](x, weight)
