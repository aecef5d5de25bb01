# The weights are transposed for the output.
# feedback: yours are transposed
def attention(q, k, v, mask):
    fit = torch.bmm(q, k.mT) / q.shape[2] ** 0.5
    fit = torch.where(mask[:, None, :], fit, torch.tensor(-math.inf))
    weights = fit.softmax(dim=2)
    return torch.bmm(weights.mT, v), weights
