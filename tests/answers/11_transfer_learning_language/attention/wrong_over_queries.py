# The softmax along the queries.
# feedback: softmax over the keys
def attention(q, k, v, mask):
    fit = torch.bmm(q, k.mT) / q.shape[2] ** 0.5
    fit = torch.where(mask[:, None, :], fit, torch.tensor(-1e9))
    weights = fit.softmax(dim=1)
    return torch.bmm(weights, v), weights
