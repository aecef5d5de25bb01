# Of equal scores the last one wins.
# feedback: of equal scores the box that comes first in the list counts as higher
def nms(found, scores, labels, threshold):
    rivals = (boxes.iou(found, found) > threshold) & (labels[:, None] == labels)
    removed, kept = torch.zeros(len(found), dtype=torch.bool), []
    for i in scores.argsort(stable=True).tolist()[::-1]:
        if not removed[i]:
            kept.append(i)
            removed |= rivals[i]
    return torch.tensor(kept, dtype=torch.int64)
