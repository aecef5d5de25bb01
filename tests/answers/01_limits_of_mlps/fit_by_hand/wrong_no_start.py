# Forgets the value at the first point.
# feedback: the bias of the last layer is missing
def fit_by_hand(x, y):
    if (x.diff() <= 0).any():
        raise ValueError("x must be rising")
    slopes = y.diff() / x.diff()
    changes = torch.cat([slopes[:1], slopes.diff()])
    first = torch.ones(len(changes), 1, dtype=x.dtype), -x[:-1]
    return [first, (changes[None], torch.zeros_like(y[:1]))]
