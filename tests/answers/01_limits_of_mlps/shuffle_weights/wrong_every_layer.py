# Shuffles every layer that has as many inputs.
# feedback: only the first weight changes
def shuffle_weights(layers, order):
    (weight, bias), *others = layers
    n = weight.shape[1]
    if sorted(order.tolist()) != list(range(n)):
        raise ValueError(f"order must hold each of {n} positions once")
    return [(weight[:, order], bias), *[(w[:, order], b) if w.shape[1] == n else (w, b) for w, b in others]]
