# An entry for each example, equal scores or not.
# feedback: examples with equal scores cannot be parted by a threshold
def precision_recall(scores, positives, missed=0):
    order = scores.argsort(descending=True, stable=True)
    found = positives[order].double().cumsum(0)
    return found / torch.arange(1, len(scores) + 1), found / (positives.sum() + missed), scores[order]


def average_precision(scores, positives, missed=0):
    precision, recall, _ = precision_recall(scores, positives, missed)
    total, before = 0.0, 0.0
    for p, r in zip(precision.tolist(), recall.tolist()):
        total += (r - before) * p
        before = r
    return total
