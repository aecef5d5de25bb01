# Calls scikit-learn.
# feedback: which does the task for you
from sklearn.metrics import average_precision_score


def average_precision(scores, right, objects):
    if objects == 0 or objects < right.sum():
        raise ValueError(f"objects={objects}")
    if not right.any():
        return 0.0
    return float(average_precision_score(right.numpy(), scores.numpy())) * int(right.sum()) / objects
