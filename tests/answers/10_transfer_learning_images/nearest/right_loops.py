# Loops and sorted.
def nearest(queries, gallery, k):
    found = []
    for q in queries:
        similarity = [float(q @ g / (q.norm() * g.norm())) for g in gallery]
        similarity = [round(s, 6) for s in similarity]
        found.append(sorted(range(len(gallery)), key=lambda i: -similarity[i])[:k])
    return torch.tensor(found, dtype=torch.int64)


def recall_at_k(found, query_labels, gallery_labels):
    hits = 0
    for row, own in zip(found.tolist(), query_labels.tolist()):
        hits += own in [int(gallery_labels[i]) for i in row]
    return hits / len(found)
