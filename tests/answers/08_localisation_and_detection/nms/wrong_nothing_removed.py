# Sorts, and removes nothing.
# feedback: nothing was removed
def nms(found, scores, labels, threshold):
    rivals = (boxes.iou(found, found) > threshold) & (labels[:, None] == labels)
    removed, kept = torch.zeros(len(found), dtype=torch.bool), []
    for i in scores.argsort(descending=True, stable=True).tolist():
        kept.append(i)
    return torch.tensor(kept, dtype=torch.int64)
