# Keeps a box if none that was kept removes it.
def overlap(a, b):
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(w, 0) * max(h, 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union if union > 0 else 0


def nms(found, scores, labels, threshold):
    rows, points, kinds = found.tolist(), scores.tolist(), labels.tolist()
    kept = []
    for i in sorted(range(len(rows)), key=lambda i: -points[i]):
        if all(kinds[i] != kinds[k] or overlap(rows[i], rows[k]) <= threshold for k in kept):
            kept.append(i)
    return torch.tensor(kept, dtype=torch.int64)
