# AP walks through equal scores one by one, positives first.
# feedback: examples with equal scores cannot be parted by a threshold
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
    order = sorted(range(len(scores)), key=lambda i: (-scores[i].item(), not positives[i]))
    hits = positives[order].double()
    precision = hits.cumsum(0) / torch.arange(1, len(hits) + 1)
    return ((precision * hits).sum() / (hits.sum() + missed)).item()
