# PyTorch's trapezoid; the mean rank of the positives among equals.
def area(x, y):
    return torch.trapezoid(y, x).item()


def ranking_probability(scores, positives):
    s = scores.double()
    rank = (s[:, None] > s).sum(1) + ((s[:, None] == s).sum(1) + 1) / 2  # of equal scores, the middle one
    p, n = int(positives.sum()), int((~positives).sum())
    return float((rank[positives].sum() - p * (p + 1) / 2) / (p * n))
