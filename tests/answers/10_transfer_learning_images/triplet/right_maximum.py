# torch.maximum, and distances by broadcasting.
def triplet_loss(anchors, positives, negatives, margin):
    """Mean over triplets of max(0, d(a, p) - d(a, n) + margin) with squared distances: a scalar."""
    gap = ((anchors - positives).pow(2) - (anchors - negatives).pow(2)).sum(-1) + margin
    return torch.maximum(gap, torch.zeros_like(gap)).mean()


def hardest_triplets(embeddings, labels):
    """Rows of anchors, of their farthest positives and of their nearest negatives: three int64 tensors."""
    distances = (embeddings[:, None] - embeddings[None]).pow(2).sum(2)
    other = labels[:, None] != labels
    same = ~other & ~torch.eye(len(labels), dtype=torch.bool)
    anchors = (same.any(1) & other.any(1)).nonzero()[:, 0]
    positives = distances.masked_fill(~same, -1).argmax(1)
    negatives = distances.masked_fill(~other, float("inf")).argmin(1)
    return anchors, positives[anchors], negatives[anchors]
