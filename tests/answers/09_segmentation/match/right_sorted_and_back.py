# Sorts first, and takes the answer back at the end.
def mask_iou(first, second):
    a, b = (m.reshape(len(m), first.shape[1] * first.shape[2]).double() for m in (first, second))
    shared = torch.einsum("np,mp->nm", a, b)
    union = a.sum(1, keepdim=True) + b.sum(1) - shared
    return (shared / torch.where(union == 0, 1, union)).float()


def match(found, scores, true, threshold=0.5):
    order = scores.sort(descending=True).indices
    table = mask_iou(found[order], true)
    answer = torch.full((len(found),), -1, dtype=torch.int64)
    taken = torch.zeros(len(true), dtype=torch.bool)
    for k in range(len(order)):
        row = table[k].masked_fill(taken, -1)
        if len(row) and row.max() >= threshold:
            answer[order[k]] = row.argmax()
            taken[row.argmax()] = True
    return answer
