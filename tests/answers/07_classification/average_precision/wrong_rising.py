# From the lowest threshold up, as scikit-learn has it.
# feedback: it runs from the lowest threshold up: turn it round
def precision_recall(scores, positives, missed=0):
    total = positives.sum().item() + missed
    precision, recall, thresholds = [], [], []
    for t in sorted(set(scores.tolist())):
        called = scores >= t
        found = (called & positives).sum().item()
        precision.append(found / called.sum().item())
        recall.append(found / total)
        thresholds.append(t)
    return torch.tensor(precision), torch.tensor(recall), torch.tensor(thresholds)


def average_precision(scores, positives, missed=0):
    precision, recall, _ = precision_recall(scores, positives, missed)
    total, before = 0.0, 0.0
    for p, r in zip(precision.tolist()[::-1], recall.tolist()[::-1]):
        total += (r - before) * p
        before = r
    return total
