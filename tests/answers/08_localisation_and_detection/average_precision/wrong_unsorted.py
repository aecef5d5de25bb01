# Takes the predictions as they come.
# feedback: the predictions are to be sorted by their scores first
def average_precision(scores, right, objects):
    if objects == 0 or objects < right.sum():
        raise ValueError(f"{int(right.sum())} predictions are right, and there are {objects} objects in all")
    right = right.double()
    precision = right.cumsum(0) / torch.arange(1, len(right) + 1)
    return (precision * right).sum().item() / objects
