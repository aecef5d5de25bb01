# Swaps the last axis with the second, which turns the picture.
# feedback: swapping the last axis with the second turns the picture
def filter_data(kind, data, weight):
    convolutions = {"waveform": F.conv1d, "grey": F.conv2d, "stereo": F.conv2d, "colour": F.conv2d, "video": F.conv3d}
    if kind not in convolutions:
        raise ValueError(f"there is no kind {kind}")
    x = data[:, None] if kind in ("waveform", "grey") else data.transpose(1, -1)
    return convolutions[kind](x, weight)
