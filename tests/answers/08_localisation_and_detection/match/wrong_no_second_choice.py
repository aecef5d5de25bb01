# A prediction whose best object is taken finds nothing.
# feedback: a prediction may have the best of those still free
def match(found, scores, true, threshold=0.5):
    answer = torch.full((len(found),), -1)
    if len(true) == 0:
        return answer
    overlaps = boxes.iou(found, true)
    for i in scores.argsort(descending=True).tolist():
        best, j = overlaps[i].max(0)
        if best >= threshold and j not in answer:
            answer[i] = j
    return answer
