# First layer with the bias + x_i.
# feedback: a unit that begins at x_i has the bias -x_i
def fit_by_hand(x, y):
    if (x.diff() <= 0).any():
        raise ValueError("x must be rising")
    slopes = y.diff() / x.diff()
    changes = torch.cat([slopes[:1], slopes.diff()])
    first = torch.ones(len(changes), 1, dtype=x.dtype), x[:-1]
    return [first, (changes[None], y[:1])]
