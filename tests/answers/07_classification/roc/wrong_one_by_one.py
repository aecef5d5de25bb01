# A point for each example, equal scores or not.
# feedback: examples with equal scores cannot be parted by a threshold
def roc(scores, positives):
    p, n = int(positives.sum()), int((~positives).sum())
    if p == 0 or n == 0:
        raise ValueError(f"{p} positives, {n} negatives")
    scores, order = scores.sort(descending=True)
    hits = positives[order]
    zero = torch.zeros(1)
    x, y = torch.cat([zero, (~hits).cumsum(0) / n]), torch.cat([zero, hits.cumsum(0) / p])
    return x, y, torch.cat([zero + torch.inf, scores])
