# Stops after the best box.
# feedback: only the very best box stays
def nms(found, scores, labels, threshold):
    rivals = (boxes.iou(found, found) > threshold) & (labels[:, None] == labels)
    removed, kept = torch.zeros(len(found), dtype=torch.bool), []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if not removed[i]:
            kept.append(i)
            removed |= rivals[i]
            break
    return torch.tensor(kept, dtype=torch.int64)
