# Counts F * F weights a filter, as if each filter saw one channel.
# feedback: each filter has F * F weights for every input channel; yours sees one channel
def describe_stack(input_shape, layers):
    _, height, width = input_shape
    shapes, weights, biases = [], [], []
    for layer in layers:
        f, s, p, d = (
            layer["kernel_size"],
            layer.get("stride", 1),
            layer.get("padding", 0),
            layer.get("dilation", 1),
        )
        height, width = ((n + 2 * p - d * (f - 1) - 1) // s + 1 for n in (height, width))
        shapes.append((layer["out_channels"], height, width))
        weights.append(f * f * layer["out_channels"])
        biases.append(layer["out_channels"] if layer.get("bias", True) else 0)
    return {"shapes": shapes, "weights": weights, "biases": biases, "total": sum(weights) + sum(biases)}
