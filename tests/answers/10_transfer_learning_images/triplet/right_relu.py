# relu and a loop over the anchors.
def triplet_loss(anchors, positives, negatives, margin):
    """Mean over triplets of max(0, d(a, p) - d(a, n) + margin) with squared distances: a scalar."""
    to_positive = ((anchors - positives) ** 2).sum(dim=1)
    to_negative = torch.einsum("nf,nf->n", anchors - negatives, anchors - negatives)
    return F.relu(to_positive - to_negative + margin).sum() / len(anchors)


def hardest_triplets(embeddings, labels):
    """Rows of anchors, of their farthest positives and of their nearest negatives: three int64 tensors."""
    found = []
    for a in range(len(labels)):
        d = (embeddings - embeddings[a]).square().sum(1)
        same = [i for i in range(len(labels)) if labels[i] == labels[a] and i != a]
        other = [i for i in range(len(labels)) if labels[i] != labels[a]]
        if same and other:
            found.append([a, max(same, key=lambda i: d[i]), min(other, key=lambda i: d[i])])
    return tuple(torch.tensor(found, dtype=torch.int64).reshape(-1, 3).unbind(1))
