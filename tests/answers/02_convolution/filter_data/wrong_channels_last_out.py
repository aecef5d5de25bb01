# Gives the maps last, as cameras do.
# feedback: the maps must stand right after the batch; yours stand last
def filter_data(kind, data, weight):
    convolutions = {"waveform": F.conv1d, "grey": F.conv2d, "stereo": F.conv2d, "colour": F.conv2d, "video": F.conv3d}
    if kind not in convolutions:
        raise ValueError(f"there is no kind {kind}")
    x = data[:, None] if kind in ("waveform", "grey") else data.movedim(-1, 1)
    return convolutions[kind](x, weight).movedim(1, -1)
