# Gives every position of the map weights of its own: nothing is shared.
# feedback: a filter's weights are shared by all positions: height and width do not matter
def describe_stack(input_shape, layers):
    channels, height, width = input_shape
    shapes, weights, biases = [], [], []
    for layer in layers:
        f, s, p, d = (
            layer["kernel_size"],
            layer.get("stride", 1),
            layer.get("padding", 0),
            layer.get("dilation", 1),
        )
        height, width = ((n + 2 * p - d * (f - 1) - 1) // s + 1 for n in (height, width))
        k = layer["out_channels"]
        shapes.append((k, height, width))
        weights.append(f * f * channels // layer.get("groups", 1) * k * height * width)
        biases.append(k if layer.get("bias", True) else 0)
        channels = k
    return {"shapes": shapes, "weights": weights, "biases": biases, "total": sum(weights) + sum(biases)}
