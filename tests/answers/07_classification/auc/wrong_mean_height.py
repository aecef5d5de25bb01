# The mean of the heights, whatever the widths.
# feedback: the widths differ: weigh each height by its width
def area(x, y):
    return y.mean().item()


def ranking_probability(scores, positives):
    won, pairs = 0.0, 0
    for p in scores[positives].tolist():
        for n in scores[~positives].tolist():
            won += 1.0 if p > n else 0.5 if p == n else 0.0
            pairs += 1
    return won / pairs
