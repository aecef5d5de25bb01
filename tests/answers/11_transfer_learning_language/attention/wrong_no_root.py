# Without the root.
# feedback: the root of d is missing
def attention(q, k, v, mask):
    fit = torch.bmm(q, k.mT)
    fit = torch.where(mask[:, None, :], fit, torch.tensor(-math.inf))
    weights = fit.softmax(dim=2)
    return torch.bmm(weights, v), weights
