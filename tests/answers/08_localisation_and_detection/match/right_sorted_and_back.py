# Sorts the predictions, matches them, and undoes the sorting.
def match(found, scores, true, threshold=0.5):
    order = torch.argsort(scores, descending=True)
    table, given = boxes.iou(found[order], true), []
    for row in table:
        row = row.clone()
        row[[j for j in given if j >= 0]] = -1.0
        j = int(row.argmax()) if len(row) else -1
        given.append(j if j >= 0 and row[j] >= threshold else -1)
    answer = torch.empty(len(found), dtype=torch.int64)
    answer[order] = torch.tensor(given, dtype=torch.int64)
    return answer
