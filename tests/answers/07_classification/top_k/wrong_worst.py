# Sorts the wrong way.
# feedback: these are the k worst scores
def top_k_accuracy(scores, labels, k):
    found = 0
    for row, label in zip(scores.tolist(), labels.tolist()):
        before = sum(s <= row[label] for c, s in enumerate(row) if c != label)
        found += before < k
    return found / len(labels)


def error_by_group(predictions, labels, groups):
    result = {}
    for name in set(groups):
        members = [i for i, g in enumerate(groups) if g == name]
        result[name] = sum(int(predictions[i] != labels[i]) for i in members) / len(members)
    return result
