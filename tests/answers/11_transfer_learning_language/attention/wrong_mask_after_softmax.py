# Masks after the softmax.
# feedback: mask before the softmax
def attention(q, k, v, mask):
    fit = torch.bmm(q, k.mT) / q.shape[2] ** 0.5
    weights = fit.softmax(dim=2) * mask[:, None]
    return torch.bmm(weights, v), weights
