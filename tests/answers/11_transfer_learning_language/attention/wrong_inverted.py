# Looks at padding only.
# feedback: yours looks at padding only
def attention(q, k, v, mask):
    fit = torch.bmm(q, k.mT) / q.shape[2] ** 0.5
    fit = torch.where(mask[:, None, :], torch.tensor(-1e9), fit)
    weights = fit.softmax(dim=2)
    return torch.bmm(weights, v), weights
