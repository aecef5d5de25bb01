# Looks at the length of the order only.
# feedback: ✘ an order that is none
def shuffle_weights(layers, order):
    (weight, bias), *others = layers
    n = weight.shape[1]
    if len(order) != n:
        raise ValueError(f"order must hold each of {n} positions once")
    return [(weight[:, order], bias), *others]
