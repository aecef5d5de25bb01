# Does not look whether x rises.
# feedback: expected it to raise ValueError
def fit_by_hand(x, y):
    slopes = y.diff() / x.diff()
    changes = torch.cat([slopes[:1], slopes.diff()])
    first = torch.ones(len(changes), 1, dtype=x.dtype), -x[:-1]
    return [first, (changes[None], y[:1])]
