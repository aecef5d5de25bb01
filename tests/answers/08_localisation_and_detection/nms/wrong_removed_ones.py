# Returns the boxes that are removed.
# feedback: these are the boxes that are removed
def nms(found, scores, labels, threshold):
    rivals = (boxes.iou(found, found) > threshold) & (labels[:, None] == labels)
    removed, kept = torch.zeros(len(found), dtype=torch.bool), []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if removed[i]:
            kept.append(i)
        else:
            removed |= rivals[i]
    return torch.tensor(kept, dtype=torch.int64)
