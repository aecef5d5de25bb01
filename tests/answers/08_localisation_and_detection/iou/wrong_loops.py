# Right numbers, pair by pair.
# feedback: there is still a loop that grows with it
def iou(first, second):
    out = torch.zeros(len(first), len(second))
    for i, a in enumerate(first.tolist()):
        for j, b in enumerate(second.tolist()):
            w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            shared = max(w, 0) * max(h, 0)
            union = max(a[2] - a[0], 0) * max(a[3] - a[1], 0) + max(b[2] - b[0], 0) * max(b[3] - b[1], 0) - shared
            out[i, j] = shared / union if union > 0 else 0
    return out
