# All thresholds in one matrix; argmin takes the first.
def cheapest_threshold(scores, positives, false_positive, false_negative):
    thresholds = torch.cat([torch.tensor([torch.inf]), scores.unique().flip(0)])
    called = scores >= thresholds[:, None]
    alarms, misses = (called & ~positives).sum(1), (~called & positives).sum(1)
    costs = (false_positive * alarms + false_negative * misses).double()
    best = min(range(len(costs)), key=lambda i: (costs[i].item(), -thresholds[i].item()))
    return thresholds[best].item(), costs[best].item() / len(scores)
