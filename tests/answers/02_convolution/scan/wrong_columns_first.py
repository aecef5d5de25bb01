# Takes the weights to be stored column after column.
# feedback: flatten writes channel after channel, so the kernel is (K, C, L)
def dense_to_conv(weight, channels):
    if weight.shape[1] % channels:
        raise ValueError(f"{weight.shape[1]} columns, {channels} channels")
    return weight.view(len(weight), -1, channels).transpose(1, 2)


def scan(recordings, layers):
    (weight, bias), *later = layers
    x = F.conv1d(recordings, dense_to_conv(weight, recordings.shape[1]), bias)
    for weight, bias in later:
        x = F.conv1d(F.relu(x), weight[:, :, None], bias)
    return x


def detect(scores):
    difference = scores[:, 1] - scores[:, 0]
    return [int(row.argmax()) if row.max() > 0 else None for row in difference]
