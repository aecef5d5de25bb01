# Shapes and biases are right; the weights take every filter to see all channels.
# feedback: the groups are ignored
def describe_stack(input_shape, layers):
    channels, height, width = input_shape
    shapes, weights, biases = [], [], []
    for i, layer in enumerate(layers):
        f, s, p, d = (
            layer["kernel_size"],
            layer.get("stride", 1),
            layer.get("padding", 0),
            layer.get("dilation", 1),
        )
        k = layer["out_channels"]
        height, width = ((n + 2 * p - d * (f - 1) - 1) // s + 1 for n in (height, width))
        if height < 1 or width < 1 or channels % layer.get("groups", 1) or k % layer.get("groups", 1):
            raise ValueError(f"layer {i} is impossible")
        shapes.append((k, height, width))
        weights.append(f * f * channels * k)
        biases.append(k if layer.get("bias", True) else 0)
        channels = k
    return {"shapes": shapes, "weights": weights, "biases": biases, "total": sum(weights) + sum(biases)}
