# No error for channels that do not divide.
# feedback: expected it to raise ValueError
def dense_to_conv(weight, channels):
    length = weight.shape[1] // channels
    return weight[:, : channels * length].reshape(len(weight), channels, length)


def scan(recordings, layers):
    (weight, bias), *later = layers
    x = F.conv1d(recordings, dense_to_conv(weight, recordings.shape[1]), bias)
    for weight, bias in later:
        x = F.conv1d(F.relu(x), weight[:, :, None], bias)
    return x


def detect(scores):
    difference = scores[:, 1] - scores[:, 0]
    return [int(row.argmax()) if row.max() > 0 else None for row in difference]
