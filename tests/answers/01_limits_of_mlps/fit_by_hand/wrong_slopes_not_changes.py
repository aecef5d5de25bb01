# Takes the slope itself as the weight of each unit.
# feedback: each unit ADDS to the slope before it
def fit_by_hand(x, y):
    if (x.diff() <= 0).any():
        raise ValueError("x must be rising")
    slopes = y.diff() / x.diff()
    changes = slopes
    first = torch.ones(len(changes), 1, dtype=x.dtype), -x[:-1]
    return [first, (changes[None], y[:1])]
