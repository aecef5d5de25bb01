# Begins with the least sure.
# feedback: you begin with the least sure
def mask_iou(first, second):
    """Intersection over union of every pair: masks (N, H, W) and (M, H, W) give (N, M)."""
    a, b = first.flatten(1).float(), second.flatten(1).float()
    shared = a @ b.T
    union = a.sum(1)[:, None] + b.sum(1) - shared
    return shared / union.clamp(min=1)


def match(found, scores, true, threshold=0.5):
    """The number of the animal that each proposed mask found, or -1: (N,) int64."""
    answer = torch.full((len(found),), -1)
    if len(true) == 0:
        return answer
    table = mask_iou(found, true)
    for i in scores.argsort(descending=False).tolist():
        best, j = table[i].max(0)
        if best >= threshold:
            answer[i] = j
            table[:, j] = -1
    return answer
