# The mean of (1 + sign)/2 over all pairs.
def area(x, y):
    total = 0.0
    for i in range(1, len(x)):
        total += (x[i] - x[i - 1]).item() * (y[i] + y[i - 1]).item() / 2
    return total


def ranking_probability(scores, positives):
    pairs = torch.sign(scores[positives].double().unsqueeze(1) - scores[~positives].double().unsqueeze(0))
    return ((1 + pairs) / 2).mean().item()
