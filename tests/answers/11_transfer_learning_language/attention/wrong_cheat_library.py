# Lets PyTorch do the output.
# feedback: which does the task for you
def attention(q, k, v, mask):
    fit = torch.bmm(q, k.mT) / q.shape[2] ** 0.5
    fit = torch.where(mask[:, None, :], fit, torch.tensor(-math.inf))
    weights = fit.softmax(dim=2)
    return F.scaled_dot_product_attention(q, k, v, mask[:, None]), weights
