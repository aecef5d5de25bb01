# Divides by the lengths of the gallery only, and sorts the negative.
def nearest(queries, gallery, k):
    """The k rows of the gallery most similar to each query by the cosine, best first: (Q, k), int64."""
    similarity = queries @ (gallery / gallery.norm(dim=1, keepdim=True)).T
    return (-similarity).sort(dim=1, stable=True).indices[:, :k]


def recall_at_k(found, query_labels, gallery_labels):
    """The part of the queries with at least one row of their class among those found."""
    return ((gallery_labels[found] == query_labels.unsqueeze(1)).sum(1) > 0).double().mean().item()
