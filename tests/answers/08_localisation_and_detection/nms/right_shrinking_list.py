# Takes the best of what is left, again and again.
def nms(found, scores, labels, threshold):
    left = torch.arange(len(found))
    stay = []
    while len(left):
        best = left[scores[left].argmax()]  # the first of equal ones
        stay.append(int(best))
        overlap = boxes.iou(found[best][None], found[left])[0]
        gone = ((overlap > threshold) & (labels[left] == labels[best])) | (left == best)
        left = left[~gone]
    return torch.tensor(stay, dtype=torch.int64)
