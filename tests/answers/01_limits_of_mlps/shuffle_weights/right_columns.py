# Column by column, into a copy.
def shuffle_weights(layers, order):
    weight, bias = layers[0]
    n = weight.shape[1]
    if set(order.tolist()) != set(range(n)) or len(order) != n:
        raise ValueError(f"{n} positions needed, each once")
    new = torch.empty_like(weight)
    for j, source in enumerate(order.tolist()):
        new[:, j] = weight[:, source]
    return [(new, bias.clone()), *[(w.clone(), b.clone()) for w, b in layers[1:]]]
