# Undoes the order instead of applying it.
# feedback: that undoes the order; apply it
def shuffle_weights(layers, order):
    (weight, bias), *others = layers
    n = weight.shape[1]
    if sorted(order.tolist()) != list(range(n)):
        raise ValueError(f"order must hold each of {n} positions once")
    return [(weight[:, order.argsort()], bias), *others]
