# Lets scikit-learn do it.
# feedback: which does the task for you
def cosine(a, b):
    from sklearn.metrics.pairwise import cosine_similarity

    return torch.tensor(cosine_similarity(a.numpy(), b.numpy()))


def search(queries, library, k):
    if k < 1 or k > len(library):
        raise ValueError(f"there is no k={k} among {len(library)}")
    likeness = cosine(queries, library)
    order = torch.argsort(likeness, dim=1, descending=True, stable=True)[:, :k]
    return likeness.gather(1, order), order


def precision(rows, query_labels, library_labels):
    right = 0
    for row, label in zip(rows.tolist(), query_labels.tolist()):
        right += sum(library_labels[place].item() == label for place in row)
    return right / rows.numel()
