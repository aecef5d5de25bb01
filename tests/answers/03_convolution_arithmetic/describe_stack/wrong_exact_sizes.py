# Takes task 1's rule: a step that does not fit is an error.
# feedback: is not a whole number: the last step does not fit
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
        height, width = arithmetic.output_size(height, f, s, p, d), arithmetic.output_size(width, f, s, p, d)
        k = layer["out_channels"]
        shapes.append((k, height, width))
        weights.append(f * f * channels // layer.get("groups", 1) * k)
        biases.append(k if layer.get("bias", True) else 0)
        channels = k
    return {"shapes": shapes, "weights": weights, "biases": biases, "total": sum(weights) + sum(biases)}
