# Adds up outer products, one input of the batch after the other.
def mlp_gradients(x, layers, grad_scores):
    sums = [(torch.zeros_like(w), torch.zeros_like(b)) for w, b in layers]
    for one, g in zip(x, grad_scores):
        kept = [one.reshape(-1)]
        for w, b in layers[:-1]:
            kept.append(torch.relu(w @ kept[-1] + b))
        for k in range(len(layers) - 1, -1, -1):
            sums[k][0].add_(torch.outer(g, kept[k]))
            sums[k][1].add_(g)
            g = (layers[k][0].T @ g) * (kept[k] > 0)
    return sums
