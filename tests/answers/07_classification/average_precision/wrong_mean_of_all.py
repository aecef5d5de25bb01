# The mean of the precisions at all thresholds.
# feedback: that is the mean of all precisions; only rises of the recall count
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
    return precision_recall(scores, positives, missed)[0].mean().item()
