# Rectangles with the right height.
# feedback: take the mean of both heights, not the right one
def area(x, y):
    total = 0.0
    for i in range(1, len(x)):
        total += (x[i] - x[i - 1]).item() * y[i].item()
    return total


def ranking_probability(scores, positives):
    won, pairs = 0.0, 0
    for p in scores[positives].tolist():
        for n in scores[~positives].tolist():
            won += 1.0 if p > n else 0.5 if p == n else 0.0
            pairs += 1
    return won / pairs
