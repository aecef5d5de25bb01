# True positive rates first.
# feedback: the rates are swapped: false positives come first
def roc(scores, positives):
    p, n = int(positives.sum()), int((~positives).sum())
    if p == 0 or n == 0:
        raise ValueError(f"{p} positives, {n} negatives: at least one of each is needed")
    x, y, thresholds = [0.0], [0.0], [float("inf")]
    for t in sorted(set(scores.tolist()), reverse=True):
        called = scores >= t
        x.append((called & ~positives).sum().item() / n)
        y.append((called & positives).sum().item() / p)
        thresholds.append(t)
    return torch.tensor(y), torch.tensor(x), torch.tensor(thresholds)
