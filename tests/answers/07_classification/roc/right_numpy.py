# In NumPy, with a histogram over the different scores.
import numpy as np


def roc(scores, positives):
    s, p = scores.numpy().astype(float), positives.numpy()
    if p.sum() in (0, len(p)):
        raise ValueError(f"positives: {p.sum()}, negatives: {(~p).sum()}")
    values, inverse = np.unique(-s, return_inverse=True)
    tp = np.cumsum(np.bincount(inverse[p], minlength=len(values)))
    fp = np.cumsum(np.bincount(inverse[~p], minlength=len(values)))
    x, y = np.append(0, fp / fp[-1]), np.append(0, tp / tp[-1])
    return torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(np.append(np.inf, -values))
