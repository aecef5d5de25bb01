# Goes through the boxes as they come.
# feedback: in the order of the list, not of the scores
def nms(found, scores, labels, threshold):
    rivals = (boxes.iou(found, found) > threshold) & (labels[:, None] == labels)
    removed, kept = torch.zeros(len(found), dtype=torch.bool), []
    for i in range(len(found)):
        if not removed[i]:
            kept.append(i)
            removed |= rivals[i]
    return torch.tensor(kept, dtype=torch.int64)
