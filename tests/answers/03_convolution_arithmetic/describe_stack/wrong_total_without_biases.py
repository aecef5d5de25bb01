# Everything is right but the total, which forgets the biases.
# feedback: the biases are learned too: they belong to the total
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
        k, g = layer["out_channels"], layer.get("groups", 1)
        if channels % g or k % g or min(height, width) + 2 * p < d * (f - 1) + 1:
            raise ValueError(f"layer {i} cannot be")
        height, width = ((n + 2 * p - d * (f - 1) - 1) // s + 1 for n in (height, width))
        shapes.append((k, height, width))
        weights.append(f * f * channels // g * k)
        biases.append(k if layer.get("bias", True) else 0)
        channels = k
    return {"shapes": shapes, "weights": weights, "biases": biases, "total": sum(weights)}
