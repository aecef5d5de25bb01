# Changes the layers it was given.
# feedback: the layers given, after the call
def shuffle_weights(layers, order):
    (weight, bias), *others = layers
    n = weight.shape[1]
    if sorted(order.tolist()) != list(range(n)):
        raise ValueError(f"order must hold each of {n} positions once")
    weight.copy_(weight[:, order].clone())
    return [(weight, bias), *others]
