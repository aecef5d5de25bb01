# Reshapes instead of moving the axis.
# feedback: reshape and view cut the numbers up anew; to move an axis use movedim or permute
def filter_data(kind, data, weight):
    convolutions = {"waveform": F.conv1d, "grey": F.conv2d, "stereo": F.conv2d, "colour": F.conv2d, "video": F.conv3d}
    if kind not in convolutions:
        raise ValueError(f"there is no kind {kind}")
    x = data[:, None] if kind in ("waveform", "grey") else data.reshape(len(data), -1, *data.shape[1:-1])
    return convolutions[kind](x, weight)
