# Says nothing when there are no positives.
# feedback: expected it to raise ValueError
def roc(scores, positives):
    p, n = int(positives.sum()), int((~positives).sum())
    p, n = max(p, 1), max(n, 1)
    x, y, thresholds = [0.0], [0.0], [float("inf")]
    for t in sorted(set(scores.tolist()), reverse=True):
        called = scores >= t
        x.append((called & ~positives).sum().item() / n)
        y.append((called & positives).sum().item() / p)
        thresholds.append(t)
    return torch.tensor(x), torch.tensor(y), torch.tensor(thresholds)
