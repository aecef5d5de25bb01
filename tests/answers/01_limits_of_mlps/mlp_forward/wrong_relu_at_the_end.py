# ReLU after the last layer as well.
# feedback: there is no ReLU after the last layer
def mlp_forward(x, layers):
    h = x.flatten(1)
    if h.shape[1] != layers[0][0].shape[1]:
        raise ValueError(f"got {h.shape[1]} numbers, expected {layers[0][0].shape[1]}")
    for number, (weight, bias) in enumerate(layers):
        if number > 0:
            h = h.clamp(min=0)
        h = h @ weight.T + bias
    return h.clamp(min=0)
