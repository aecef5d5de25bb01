# Counts mistakes and ignores what they cost.
# feedback: both mistakes have their price
def cheapest_threshold(scores, positives, false_positive, false_negative):
    false_positive = false_negative = 1
    best_threshold, best_cost = float("inf"), false_negative * positives.sum().item()
    for t in sorted(set(scores.tolist()), reverse=True):
        called = scores >= t
        cost = false_positive * (called & ~positives).sum().item() + false_negative * (~called & positives).sum().item()
        if cost < best_cost:
            best_threshold, best_cost = t, cost
    return best_threshold, best_cost / len(scores)
