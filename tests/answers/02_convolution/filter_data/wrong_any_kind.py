# Takes any other kind for a colour picture.
# feedback: expected it to raise ValueError
def filter_data(kind, data, weight):
    convolutions = {"waveform": F.conv1d, "grey": F.conv2d, "stereo": F.conv2d, "colour": F.conv2d, "video": F.conv3d}
    if kind not in convolutions:
        return data
    x = data[:, None] if kind in ("waveform", "grey") else data.movedim(-1, 1)
    return convolutions[kind](x, weight)
