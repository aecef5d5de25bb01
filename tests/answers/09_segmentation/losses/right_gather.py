# Picks the true class by gather, and adds Dice up class by class.
def weighted_cross_entropy(logits, labels, weights):
    logp = torch.log_softmax(logits, dim=1)
    cost = -torch.gather(logp, 1, labels.unsqueeze(1)).squeeze(1)
    w = torch.index_select(weights, 0, labels.flatten()).view_as(cost)
    return torch.sum(w * cost) / torch.sum(w)


def dice_loss(logits, labels):
    p, total = torch.softmax(logits, dim=1), 0
    for c in range(logits.shape[1]):
        t = (labels == c).float()
        total = total + (2 * (p[:, c] * t).sum() + 1) / (p[:, c].sum() + t.sum() + 1)
    return 1 - total / logits.shape[1]
