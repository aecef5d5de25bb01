# Own size formula, a generator of layers, products from math.prod.
from math import prod


def describe_stack(input_shape, layers):
    def size(n, f, s, p, d):
        room = n + 2 * p - d * (f - 1) - 1
        if room < 0:
            raise ValueError("kernel too large")
        return room // s + 1

    defaults = dict(stride=1, padding=0, dilation=1, groups=1, bias=True)
    rows = []
    shape = tuple(input_shape)
    for i, layer in enumerate(layers):
        full = {**defaults, **layer}
        f, g, k = full["kernel_size"], full["groups"], full["out_channels"]
        if shape[0] % g != 0 or k % g != 0:
            raise ValueError(f"groups do not divide the channels of layer {i}")
        weights = prod([f, f, shape[0], k]) // g
        try:
            sides = tuple(size(n, f, full["stride"], full["padding"], full["dilation"]) for n in shape[1:])
        except ValueError as error:
            raise ValueError(f"layer {i}: {error}")
        shape = (k,) + sides
        rows.append((shape, weights, k * full["bias"]))
    shapes, weights, biases = ([row[i] for row in rows] for i in range(3))
    return {"shapes": shapes, "weights": weights, "biases": biases, "total": sum(weights + biases)}
