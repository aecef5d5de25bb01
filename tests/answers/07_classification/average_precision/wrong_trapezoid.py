# Straight lines between the points, from precision 1 at recall 0.
# feedback: these are straight lines between the points; take steps
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
    return torch.trapezoid(torch.cat([torch.ones(1), precision]), torch.cat([torch.zeros(1), recall])).item()
