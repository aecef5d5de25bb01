# One input at a time, as matrix times vector.
def mlp_forward(x, layers):
    scores = []
    for one in x:
        v = one.reshape(-1)
        if len(v) != layers[0][0].shape[1]:
            raise ValueError(f"{len(v)} instead of {layers[0][0].shape[1]}")
        for k in range(len(layers)):
            v = torch.mv(layers[k][0], v) + layers[k][1]
            if k + 1 < len(layers):
                v = torch.maximum(v, torch.zeros_like(v))
        scores.append(v)
    return torch.stack(scores)
