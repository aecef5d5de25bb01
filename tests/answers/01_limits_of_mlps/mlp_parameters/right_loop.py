# Walks through the layers and adds up.
def mlp_parameters(image_shape, hidden, classes):
    inputs = 1
    for side in image_shape:
        inputs *= side
    first, total = None, 0
    for units in [*hidden, classes]:
        if first is None:
            first = inputs * units
        total += (inputs + 1) * units
        inputs = units
    return {"total": total, "first": first, "megabytes": total * 4 // 10**6}
