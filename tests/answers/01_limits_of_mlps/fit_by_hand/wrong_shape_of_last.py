# The weight of the last layer is a vector, not a matrix of one row.
# feedback: the shape of the weight of layer 1
def fit_by_hand(x, y):
    if (x.diff() <= 0).any():
        raise ValueError("x must be rising")
    slopes = y.diff() / x.diff()
    changes = torch.cat([slopes[:1], slopes.diff()])
    first = torch.ones(len(changes), 1, dtype=x.dtype), -x[:-1]
    return [first, (changes, y[:1])]
