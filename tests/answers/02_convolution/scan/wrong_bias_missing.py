# No biases.
# feedback: the biases are missing
def dense_to_conv(weight, channels):
    if weight.shape[1] % channels:
        raise ValueError(f"{weight.shape[1]} columns, {channels} channels")
    return weight.view(len(weight), channels, -1)


def scan(recordings, layers):
    (weight, bias), *later = layers
    x = F.conv1d(recordings, dense_to_conv(weight, recordings.shape[1]))
    for weight, bias in later:
        x = F.conv1d(F.relu(x), weight[:, :, None])
    return x


def detect(scores):
    difference = scores[:, 1] - scores[:, 0]
    return [int(row.argmax()) if row.max() > 0 else None for row in difference]
