# Sorts once; the mean of the precision at each positive.
def precision_recall(scores, positives, missed=0):
    order = scores.argsort(descending=True)
    s, hits = scores[order], positives[order].double()
    last = torch.ones(len(s), dtype=torch.bool)
    last[:-1] = s[1:] < s[:-1]
    found = hits.cumsum(0)[last]
    ranks = torch.arange(1, len(s) + 1)[last]
    return found / ranks, found / (hits.sum() + missed), s[last]


def average_precision(scores, positives, missed=0):
    # every positive counts with the precision at its own score
    at = scores >= scores[positives][:, None]
    each = (at & positives).sum(1) / at.sum(1)
    return (each.double().sum() / (positives.sum() + missed)).item()
