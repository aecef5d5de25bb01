# Loops over the masks.
# feedback: there is still a loop that grows with it
def mask_iou(first, second):
    table = torch.zeros(len(first), len(second))
    for i in range(len(first)):
        for j in range(len(second)):
            union = (first[i] | second[j]).sum()
            if union > 0:
                table[i, j] = (first[i] & second[j]).sum() / union
    return table


def match(found, scores, true, threshold=0.5):
    """The number of the animal that each proposed mask found, or -1: (N,) int64."""
    answer = torch.full((len(found),), -1)
    if len(true) == 0:
        return answer
    table = mask_iou(found, true)
    for i in scores.argsort(descending=True).tolist():
        best, j = table[i].max(0)
        if best >= threshold:
            answer[i] = j
            table[:, j] = -1
    return answer
