# A bias for each input instead of each unit.
# feedback: there is one bias for each unit, not for each input
def mlp_parameters(image_shape, hidden, classes):
    channels, height, width = image_shape
    sizes = [channels * height * width, *hidden, classes]
    total = sum(m * n + m for m, n in zip(sizes, sizes[1:]))
    return {"first": sizes[0] * sizes[1], "total": total, "megabytes": 4 * total // 1_000_000}
