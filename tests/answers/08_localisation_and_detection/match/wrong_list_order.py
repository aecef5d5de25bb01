# Goes by the list, not by the scores.
# feedback: the surest prediction chooses first: go by the scores
def match(found, scores, true, threshold=0.5):
    answer = torch.full((len(found),), -1)
    if len(true) == 0:
        return answer
    overlaps = boxes.iou(found, true)
    for i in range(len(found)):
        best, j = overlaps[i].max(0)
        if best >= threshold:
            answer[i] = j
            overlaps[:, j] = -1
    return answer
