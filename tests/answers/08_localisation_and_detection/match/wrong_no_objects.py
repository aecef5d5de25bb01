# Breaks where there is no object.
# feedback: your code raised
def match(found, scores, true, threshold=0.5):
    answer = torch.full((len(found),), -1)
    overlaps = boxes.iou(found, true)
    for i in scores.argsort(descending=True).tolist():
        best, j = overlaps[i].max(0)
        if best >= threshold:
            answer[i] = j
            overlaps[:, j] = -1
    return answer
