# Divides by the number of all mistakes.
# feedback: that is each group's share of all mistakes; divide by the size of the group
def top_k_accuracy(scores, labels, k):
    found = 0
    for row, label in zip(scores.tolist(), labels.tolist()):
        before = sum(s >= row[label] for c, s in enumerate(row) if c != label)
        found += before < k
    return found / len(labels)


def error_by_group(predictions, labels, groups):
    result = {}
    for name in set(groups):
        members = [i for i, g in enumerate(groups) if g == name]
        result[name] = sum(int(predictions[i] != labels[i]) for i in members) / max(int((predictions != labels).sum()), 1)
    return result
