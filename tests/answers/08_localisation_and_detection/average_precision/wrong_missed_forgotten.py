# Divides by the objects that were found.
# feedback: the objects that nobody found are left out
def average_precision(scores, right, objects):
    if objects == 0 or objects < right.sum():
        raise ValueError(f"{int(right.sum())} predictions are right, and there are {objects} objects in all")
    right = right[scores.argsort(descending=True)].double()
    precision = right.cumsum(0) / torch.arange(1, len(right) + 1)
    return (precision * right).sum().item() / max(int(right.sum()), 1)
