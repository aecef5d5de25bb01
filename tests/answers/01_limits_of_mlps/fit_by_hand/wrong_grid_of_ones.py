# Takes the points to be 1 apart.
# feedback: divide by the distance of the points
def fit_by_hand(x, y):
    if (x.diff() <= 0).any():
        raise ValueError("x must be rising")
    slopes = y.diff()
    changes = torch.cat([slopes[:1], slopes.diff()])
    first = torch.ones(len(changes), 1, dtype=x.dtype), -x[:-1]
    return [first, (changes[None], y[:1])]
