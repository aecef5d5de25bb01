# A tie is won.
# feedback: a tie counts one half, not one
def area(x, y):
    total = 0.0
    for i in range(1, len(x)):
        total += (x[i] - x[i - 1]).item() * (y[i] + y[i - 1]).item() / 2
    return total


def ranking_probability(scores, positives):
    won, pairs = 0.0, 0
    for p in scores[positives].tolist():
        for n in scores[~positives].tolist():
            won += float(p >= n)
            pairs += 1
    return won / pairs
