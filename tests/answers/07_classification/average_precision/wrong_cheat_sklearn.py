# Calls scikit-learn.
# feedback: which does the task for you: count at each threshold yourself
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


from sklearn.metrics import average_precision_score


def average_precision(scores, positives, missed=0):
    if not positives.any():
        return 0.0
    return float(average_precision_score(positives.numpy(), scores.numpy())) * positives.sum().item() / (positives.sum().item() + missed)
