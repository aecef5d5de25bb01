# Calls torchvision.
# feedback: which does the task for you
from torchvision import ops


def nms(found, scores, labels, threshold):
    return ops.batched_nms(found, scores, labels, threshold)
