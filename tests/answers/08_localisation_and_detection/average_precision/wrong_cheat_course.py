# Calls the course's own function.
# feedback: which does the task for you
from utils import metrics


def average_precision(scores, right, objects):
    if objects == 0 or objects < right.sum():
        raise ValueError(f"objects={objects}")
    return metrics.average_precision(scores, right, missed=objects - int(right.sum()))
