# Leaves the answer in the order of the scores.
# feedback: not in that of the scores
def match(found, scores, true, threshold=0.5):
    answer = torch.full((len(found),), -1)
    if len(true) == 0:
        return answer
    overlaps = boxes.iou(found, true)
    for i in scores.argsort(descending=True).tolist():
        best, j = overlaps[i].max(0)
        if best >= threshold:
            answer[i] = j
            overlaps[:, j] = -1
    return answer[scores.argsort(descending=True)]
