# Sorts from the lowest score up.
# feedback: the scores are sorted from the lowest up
def average_precision(scores, right, objects):
    if objects == 0 or objects < right.sum():
        raise ValueError(f"{int(right.sum())} predictions are right, and there are {objects} objects in all")
    right = right[scores.argsort(descending=False)].double()
    precision = right.cumsum(0) / torch.arange(1, len(right) + 1)
    return (precision * right).sum().item() / objects
