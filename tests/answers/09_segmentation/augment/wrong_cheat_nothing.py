# Returns what it was given.
# feedback: got shape
def augment(image, instances, labels, flip, top, left, side, factor):
    return image, instances, labels
