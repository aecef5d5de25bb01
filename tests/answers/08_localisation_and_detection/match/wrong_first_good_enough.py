# Takes the first object that is good enough.
# feedback: not the first one that is good enough
def match(found, scores, true, threshold=0.5):
    answer = torch.full((len(found),), -1)
    if len(true) == 0:
        return answer
    overlaps = boxes.iou(found, true)
    for i in scores.argsort(descending=True).tolist():
        j = int((overlaps[i] >= threshold).float().argmax())
        best = overlaps[i, j]
        if best >= threshold:
            answer[i] = j
            overlaps[:, j] = -1
    return answer
