# Takes any k.
# feedback: expected it to raise ValueError
def cosine(a, b):
    first = a / a.norm(dim=1, keepdim=True).clamp(min=1e-12)
    second = b / b.norm(dim=1, keepdim=True).clamp(min=1e-12)
    return torch.einsum("nd,md->nm", first, second)


def search(queries, library, k):
    likeness = cosine(queries, library)
    order = torch.argsort(likeness, dim=1, descending=True, stable=True)[:, :k]
    return likeness.gather(1, order), order


def precision(rows, query_labels, library_labels):
    right = 0
    for row, label in zip(rows.tolist(), query_labels.tolist()):
        right += sum(library_labels[place].item() == label for place in row)
    return right / rows.numel()
