# Moves the labels so far apart that they cannot overlap, then forgets them.
def nms(found, scores, labels, threshold):
    if len(found) == 0:
        return torch.zeros(0, dtype=torch.int64)
    apart = found + (labels * 1000.0)[:, None]
    overlaps = boxes.iou(apart.double(), apart.double())
    order, kept = scores.sort(descending=True, stable=True).indices, []
    alive = torch.ones(len(found), dtype=torch.bool)
    for i in order:
        if alive[i]:
            kept.append(i)
            alive &= overlaps[i] <= threshold
    return torch.stack(kept)
