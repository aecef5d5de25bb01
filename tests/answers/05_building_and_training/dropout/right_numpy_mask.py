# Draws with NumPy and fills in zeros.
import numpy as np


def dropout(x, p, training):
    if not (0 <= p < 1):
        raise ValueError(f"p is {p}")
    if not training:
        return x.clone()
    dropped = torch.from_numpy(np.random.random_sample(tuple(x.shape)) < p)
    return (x / (1 - p)).masked_fill(dropped, 0.0)
