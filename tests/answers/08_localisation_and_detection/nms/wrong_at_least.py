# Removes at an IoU of just the threshold.
# feedback: an IoU of just the threshold is allowed
def nms(found, scores, labels, threshold):
    rivals = (boxes.iou(found, found) >= threshold) & (labels[:, None] == labels)
    removed, kept = torch.zeros(len(found), dtype=torch.bool), []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if not removed[i]:
            kept.append(i)
            removed |= rivals[i]
    return torch.tensor(kept, dtype=torch.int64)
