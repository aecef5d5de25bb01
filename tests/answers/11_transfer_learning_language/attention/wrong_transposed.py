# Rows are keys.
# feedback: rows are queries and columns are keys
def attention(q, k, v, mask):
    fit = torch.bmm(k, q.mT) / q.shape[2] ** 0.5
    fit = torch.where(mask[:, None, :], fit, torch.tensor(-math.inf))
    weights = fit.softmax(dim=2)
    return torch.bmm(weights, v), weights
