# The rank of the true class by sorting with ties against it; masks for the groups.
def top_k_accuracy(scores, labels, k):
    true = torch.zeros_like(scores, dtype=torch.bool)
    true[torch.arange(len(labels)), labels] = True
    kth = torch.where(true, -torch.inf, scores).sort(dim=1, descending=True).values
    own = scores[true]
    # found if the k-th best of the others is lower, or there are not that many others
    return (own > kth[:, k - 1]).double().mean().item() if k < scores.shape[1] else 1.0


def error_by_group(predictions, labels, groups):
    wrong = (predictions != labels).double()
    names = sorted(set(groups))
    codes = torch.tensor([names.index(g) for g in groups])
    return {name: wrong[codes == i].mean().item() for i, name in enumerate(names)}
