# Always uses 0.5.
# feedback: the threshold is 0.5 only if none is given
def match(found, scores, true, threshold=0.5):
    answer = torch.full((len(found),), -1)
    if len(true) == 0:
        return answer
    overlaps = boxes.iou(found, true)
    for i in scores.argsort(descending=True).tolist():
        best, j = overlaps[i].max(0)
        if best >= 0.5:
            answer[i] = j
            overlaps[:, j] = -1
    return answer
