# Bumps side by side instead of changes of slope: three units a point, with grid points added outside.
def fit_by_hand(x, y):
    if not bool((x[1:] > x[:-1]).all()):
        raise ValueError("the points do not rise")
    knots = torch.cat([x[:1] - 1, x, x[-1:] + 1])
    inputs, outputs = [], []
    for i in range(1, len(knots) - 1):
        left, centre, right = knots[i - 1], knots[i], knots[i + 1]
        up, down = 1 / (centre - left), 1 / (right - centre)
        inputs += [left, centre, right]
        outputs += [y[i - 1] * up, -y[i - 1] * (up + down), y[i - 1] * down]
    first = torch.ones(len(inputs), 1, dtype=x.dtype), -torch.stack(inputs)
    return [first, (torch.stack(outputs)[None], torch.zeros(1, dtype=x.dtype))]
