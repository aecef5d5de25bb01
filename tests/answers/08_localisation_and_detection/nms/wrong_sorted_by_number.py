# Returns the numbers in the order of the list.
# feedback: not in the order of the list
def nms(found, scores, labels, threshold):
    rivals = (boxes.iou(found, found) > threshold) & (labels[:, None] == labels)
    removed, kept = torch.zeros(len(found), dtype=torch.bool), []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if not removed[i]:
            kept.append(i)
            removed |= rivals[i]
    return torch.tensor(sorted(kept), dtype=torch.int64)
