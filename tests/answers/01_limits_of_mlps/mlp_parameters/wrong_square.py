# Takes images to be square.
# feedback: ✘ several hidden layers
def mlp_parameters(image_shape, hidden, classes):
    channels, height, width = image_shape
    sizes = [channels * height * height, *hidden, classes]
    total = sum(m * n + n for m, n in zip(sizes, sizes[1:]))
    return {"first": sizes[0] * sizes[1], "total": total, "megabytes": 4 * total // 1_000_000}
