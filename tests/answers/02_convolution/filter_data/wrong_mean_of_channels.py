# Makes the channels' mean.
# feedback: the channels are averaged; the filter adds them up
def filter_data(kind, data, weight):
    convolutions = {"waveform": F.conv1d, "grey": F.conv2d, "stereo": F.conv2d, "colour": F.conv2d, "video": F.conv3d}
    if kind not in convolutions:
        raise ValueError(f"there is no kind {kind}")
    x = data[:, None] if kind in ("waveform", "grey") else data.movedim(-1, 1)
    return convolutions[kind](x, weight) / weight.shape[1]
