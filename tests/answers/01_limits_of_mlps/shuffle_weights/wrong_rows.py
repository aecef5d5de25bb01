# Shuffles the rows where it can.
# feedback: the columns belong to the inputs
def shuffle_weights(layers, order):
    (weight, bias), *others = layers
    n = weight.shape[1]
    if sorted(order.tolist()) != list(range(n)):
        raise ValueError(f"order must hold each of {n} positions once")
    return [(weight[order] if len(weight) == n else weight[:, order], bias), *others]
