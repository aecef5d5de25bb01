# Megabytes of 1024 times 1024 bytes.
# feedback: a megabyte is 1,000,000 bytes here
def mlp_parameters(image_shape, hidden, classes):
    channels, height, width = image_shape
    sizes = [channels * height * width, *hidden, classes]
    total = sum(m * n + n for m, n in zip(sizes, sizes[1:]))
    return {"first": sizes[0] * sizes[1], "total": total, "megabytes": 4 * total // 1024**2}
