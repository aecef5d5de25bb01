# Does not take the means off.
# feedback: there is no bias: means of features and targets must come off
def fit_probe(features, labels, classes, penalty):
    """Ridge regression to one-hot labels, the bias free: weight (F, C), bias (C)."""
    targets = F.one_hot(labels, classes).to(features.dtype)
    mean_x, mean_y = torch.zeros_like(features[0]), torch.zeros_like(targets[0])
    x, y = features - mean_x, targets - mean_y
    weight = torch.linalg.solve(x.T @ x + penalty * torch.eye(x.shape[1], dtype=x.dtype), x.T @ y)
    return weight, mean_y - mean_x @ weight


def accuracy(weight, bias, features, labels):
    """The part of the examples whose class has the highest score."""
    return ((features @ weight + bias).argmax(1) == labels).float().mean().item()
