# Compares all pairs pixel by pixel, and keeps a set of what is free.
def mask_iou(first, second):
    a, b = first[:, None], second[None]
    both, either = (a & b).sum((2, 3)), (a | b).sum((2, 3))
    return torch.where(either > 0, both / either.clamp(min=1), torch.zeros(()))


def match(found, scores, true, threshold=0.5):
    table, free = mask_iou(found, true).tolist(), set(range(len(true)))
    answer = [-1] * len(found)
    for _, i in sorted(((s, i) for i, s in enumerate(scores.tolist())), reverse=True):
        if free:
            j = max(free, key=lambda j: table[i][j])
            if table[i][j] >= threshold:
                answer[i] = j
                free.remove(j)
    return torch.tensor(answer, dtype=torch.int64)
