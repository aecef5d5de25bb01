# Calls scikit-learn.
# feedback: solve the equations yourself
def fit_probe(features, labels, classes, penalty):
    """Ridge regression to one-hot labels, the bias free: weight (F, C), bias (C)."""
    targets = F.one_hot(labels, classes).to(features.dtype)
    from sklearn.linear_model import Ridge

    ridge = Ridge(alpha=penalty).fit(features.numpy(), targets.numpy())
    return torch.from_numpy(ridge.coef_.T.copy()), torch.from_numpy(ridge.intercept_)


def accuracy(weight, bias, features, labels):
    """The part of the examples whose class has the highest score."""
    return ((features @ weight + bias).argmax(1) == labels).float().mean().item()
