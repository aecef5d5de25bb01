# Calls F.cross_entropy.
# feedback: which does the task for you
def weighted_cross_entropy(logits, labels, weights):
    return F.cross_entropy(logits, labels, weights)


def dice_loss(logits, labels):
    """1 minus the mean over the classes of the Dice coefficient of probabilities."""
    p, there = logits.softmax(1), F.one_hot(labels, logits.shape[1]).movedim(-1, 1)
    both, sizes = (p * there).sum((0, 2, 3)), (p + there).sum((0, 2, 3))
    return 1 - ((2 * both + 1) / (sizes + 1)).mean()
