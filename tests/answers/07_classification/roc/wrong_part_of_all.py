# Divides by all examples.
# feedback: false positives are a part of the negatives, not of all examples
def roc(scores, positives):
    p, n = int(positives.sum()), int((~positives).sum())
    if p == 0 or n == 0:
        raise ValueError(f"{p} positives, {n} negatives: at least one of each is needed")
    x, y, thresholds = [0.0], [0.0], [float("inf")]
    for t in sorted(set(scores.tolist()), reverse=True):
        called = scores >= t
        x.append((called & ~positives).sum().item() / len(scores))
        y.append((called & positives).sum().item() / len(scores))
        thresholds.append(t)
    return torch.tensor(x), torch.tensor(y), torch.tensor(thresholds)
