# Threshold by threshold.
def precision_recall(scores, positives, missed=0):
    total = positives.sum().item() + missed
    precision, recall, thresholds = [], [], []
    for t in sorted(set(scores.tolist()), reverse=True):
        called = scores >= t
        found = (called & positives).sum().item()
        precision.append(found / called.sum().item())
        recall.append(found / total)
        thresholds.append(t)
    return torch.tensor(precision), torch.tensor(recall), torch.tensor(thresholds)


def average_precision(scores, positives, missed=0):
    precision, recall, _ = precision_recall(scores, positives, missed)
    total, before = 0.0, 0.0
    for p, r in zip(precision.tolist(), recall.tolist()):
        total += (r - before) * p
        before = r
    return total
