# Calls the course's function.
# feedback: which does the task for you: try the thresholds yourself
from utils import metrics


def cheapest_threshold(scores, positives, false_positive, false_negative):
    return metrics.cheapest_threshold(scores, positives, false_positive=false_positive, false_negative=false_negative)
