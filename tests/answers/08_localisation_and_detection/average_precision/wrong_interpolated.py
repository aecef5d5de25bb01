# Interpolates as COCO does.
# feedback: the precisions are interpolated; here nothing is
def average_precision(scores, right, objects):
    if objects == 0 or objects < right.sum():
        raise ValueError(f"{int(right.sum())} predictions are right, and there are {objects} objects in all")
    right = right[scores.argsort(descending=True)].double()
    precision = right.cumsum(0) / torch.arange(1, len(right) + 1)
    best = precision.flip(0).cummax(0).values.flip(0) if len(precision) else precision
    return (best * right).sum().item() / objects
