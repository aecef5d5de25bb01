# Calls the course's own function.
# feedback: which does the task for you
def nms(found, scores, labels, threshold):
    return boxes.nms(found, scores, labels, threshold)
