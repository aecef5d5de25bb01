# Megabytes with a fraction.
# feedback: `/` gives a float
def mlp_parameters(image_shape, hidden, classes):
    channels, height, width = image_shape
    sizes = [channels * height * width, *hidden, classes]
    total = sum(m * n + n for m, n in zip(sizes, sizes[1:]))
    return {"first": sizes[0] * sizes[1], "total": total, "megabytes": 4 * total / 1_000_000}
