# The mean of the squares against the penalty.
# feedback: for the mean of the squares, and not for their sum
def fit_probe(features, labels, classes, penalty):
    """Ridge regression to one-hot labels, the bias free: weight (F, C), bias (C)."""
    targets = F.one_hot(labels, classes).to(features.dtype)
    mean_x, mean_y = features.mean(0), targets.mean(0)
    x, y = features - mean_x, targets - mean_y
    weight = torch.linalg.solve(x.T @ x + penalty / len(x) * torch.eye(x.shape[1], dtype=x.dtype), x.T @ y)
    return weight, mean_y - mean_x @ weight


def accuracy(weight, bias, features, labels):
    """The part of the examples whose class has the highest score."""
    return ((features @ weight + bias).argmax(1) == labels).float().mean().item()
