# Lets more be found than there are.
# feedback: expected it to raise ValueError
def average_precision(scores, right, objects):
    if objects == 0:
        raise ValueError(f"{int(right.sum())} predictions are right, and there are {objects} objects in all")
    right = right[scores.argsort(descending=True)].double()
    precision = right.cumsum(0) / torch.arange(1, len(right) + 1)
    return (precision * right).sum().item() / objects
