# Divides by d.
# feedback: not by d
def attention(q, k, v, mask):
    fit = torch.bmm(q, k.mT) / q.shape[2]
    fit = torch.where(mask[:, None, :], fit, torch.tensor(-math.inf))
    weights = fit.softmax(dim=2)
    return torch.bmm(weights, v), weights
