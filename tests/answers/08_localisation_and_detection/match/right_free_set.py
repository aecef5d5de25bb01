# With a set of the objects that are free.
def match(found, scores, true, threshold=0.5):
    overlaps, free = boxes.iou(found, true).tolist(), set(range(len(true)))
    answer = [-1] * len(found)
    for i in sorted(range(len(found)), key=lambda i: -scores[i].item()):
        good = [(overlaps[i][j], -j) for j in free if overlaps[i][j] >= threshold]
        if good:
            answer[i] = -max(good)[1]
            free.remove(answer[i])
    return torch.tensor(answer, dtype=torch.int64)
