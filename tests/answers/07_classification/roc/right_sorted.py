# Sorts once, adds up, and keeps the last of each run of equal scores.
def roc(scores, positives):
    if positives.all() or not positives.any():
        raise ValueError(f"got {int(positives.sum())} positives and {int((~positives).sum())} negatives")
    order = torch.argsort(scores, descending=True)
    s, hit = scores[order], positives[order]
    keep = torch.cat([s[1:] != s[:-1], torch.tensor([True])])
    tp, fp = hit.cumsum(0)[keep], (~hit).cumsum(0)[keep]
    zero = torch.zeros(1)
    return torch.cat([zero, fp / fp[-1]]), torch.cat([zero, tp / tp[-1]]), torch.cat([zero + torch.inf, s[keep]])
