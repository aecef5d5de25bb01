# Calls torchvision.
# feedback: which does the task for you
from torchvision import ops


def iou(first, second):
    return ops.box_iou(first, second).nan_to_num()
