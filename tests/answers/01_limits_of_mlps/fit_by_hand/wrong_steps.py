# Builds a staircase: the value of the last point passed.
# feedback: ✘ the worked example, between its points
def fit_by_hand(x, y):
    if (x.diff() <= 0).any():
        raise ValueError("x must be rising")
    steep, jumps = 1000.0, y.diff()
    biases = torch.stack([-steep * x[1:] + 1, -steep * x[1:]], 1).flatten()
    weights = torch.stack([jumps, -jumps], 1).flatten()
    first = torch.full((len(biases), 1), steep, dtype=x.dtype), biases.to(x.dtype)
    return [first, (weights[None], y[:1])]
