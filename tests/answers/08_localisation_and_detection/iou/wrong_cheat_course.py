# Calls the course's own function.
# feedback: which does the task for you
def iou(first, second):
    return boxes.iou(first, second)
