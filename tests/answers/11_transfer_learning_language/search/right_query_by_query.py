# Pair by pair, in plain Python.
def cosine(a, b):
    table = torch.zeros(len(a), len(b))
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            length = x.norm() * y.norm()
            table[i, j] = (x * y).sum() / length if length > 0 else 0.0
    return table


def search(queries, library, k):
    if not 0 < k <= library.shape[0]:
        raise ValueError("k is " + str(k))
    scores, rows = [], []
    for values in cosine(queries, library).tolist():
        best = sorted(range(len(values)), key=lambda j: (-values[j], j))[:k]
        rows.append(best)
        scores.append([values[j] for j in best])
    return torch.tensor(scores), torch.tensor(rows)


def precision(rows, query_labels, library_labels):
    same = library_labels[rows.flatten()] == query_labels.repeat_interleave(rows.shape[1])
    return same.double().mean().item()
