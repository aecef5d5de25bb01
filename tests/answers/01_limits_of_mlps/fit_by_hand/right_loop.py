# Walks from point to point and keeps the slope so far; slopes sit in the first layer, signs in the last.
def fit_by_hand(x, y):
    xs, ys = x.tolist(), y.tolist()
    w1, b1, w2, slope = [], [], [], 0.0
    for i in range(len(xs) - 1):
        if xs[i + 1] <= xs[i]:
            raise ValueError(f"not rising at point {i + 1}")
        new = (ys[i + 1] - ys[i]) / (xs[i + 1] - xs[i])
        change, slope = new - slope, new
        w1.append([abs(change)])
        b1.append(-abs(change) * xs[i])
        w2.append(1.0 if change >= 0 else -1.0)
    make = lambda values: torch.tensor(values, dtype=x.dtype)
    return [(make(w1), make(b1)), (make([w2]), make(ys[:1]))]
