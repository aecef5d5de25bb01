# Cheat: builds torch's layers and counts their parameters.
# feedback: which does the task for you: count the weights of one filter, then the filters
def describe_stack(input_shape, layers):
    x, shapes, weights, biases = torch.zeros(1, *input_shape), [], [], []
    for i, layer in enumerate(layers):
        try:
            conv = torch.nn.Conv2d(x.shape[1], **layer)
            x = conv(x)
        except (ValueError, RuntimeError):
            raise ValueError(f"layer {i}")
        shapes.append(tuple(x.shape[1:]))
        weights.append(conv.weight.numel())
        biases.append(conv.bias.numel() if conv.bias is not None else 0)
    return {"shapes": shapes, "weights": weights, "biases": biases, "total": sum(weights) + sum(biases)}
