# Calls scikit-learn.
# feedback: which does the task for you: count at each threshold yourself
from sklearn.metrics import roc_curve


def roc(scores, positives):
    if positives.all() or not positives.any():
        raise ValueError(f"{int(positives.sum())} positives, {int((~positives).sum())} negatives")
    x, y, t = roc_curve(positives.numpy(), scores.numpy(), drop_intermediate=False)
    return torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(t).double()
