# With a permutation matrix.
def shuffle_weights(layers, order):
    n = layers[0][0].shape[1]
    if order.shape != (n,) or not torch.equal(order.sort().values, torch.arange(n)):
        raise ValueError(f"not an order of {n} positions")
    matrix = torch.eye(n, dtype=layers[0][0].dtype)[order]
    return [(layers[0][0] @ matrix.T, layers[0][1])] + list(layers[1:])
