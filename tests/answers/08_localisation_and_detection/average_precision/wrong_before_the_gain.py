# Takes the precision before each gain.
# feedback: with the precision after the gain, not before it
def average_precision(scores, right, objects):
    if objects == 0 or objects < right.sum():
        raise ValueError(f"{int(right.sum())} predictions are right, and there are {objects} objects in all")
    right = right[scores.argsort(descending=True)].double()
    precision = right.cumsum(0) / torch.arange(1, len(right) + 1)
    before = torch.cat([torch.ones(1).double(), precision[:-1]]) if len(precision) else precision
    return (before * right).sum().item() / objects
