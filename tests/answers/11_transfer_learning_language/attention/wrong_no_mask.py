# Looks at padding.
# feedback: padding is looked at
def attention(q, k, v, mask):
    fit = torch.bmm(q, k.mT) / q.shape[2] ** 0.5
    weights = fit.softmax(dim=2)
    return torch.bmm(weights, v), weights
