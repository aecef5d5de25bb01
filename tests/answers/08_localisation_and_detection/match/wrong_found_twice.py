# Lets an object be found again and again.
# feedback: an object is found once
def match(found, scores, true, threshold=0.5):
    answer = torch.full((len(found),), -1)
    if len(true) == 0:
        return answer
    overlaps = boxes.iou(found, true)
    for i in scores.argsort(descending=True).tolist():
        best, j = overlaps[i].max(0)
        if best >= threshold:
            answer[i] = j
    return answer
