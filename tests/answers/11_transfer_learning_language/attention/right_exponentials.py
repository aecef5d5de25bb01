# Exponentials by hand, the largest subtracted, padding set to 0 before they are added up.
def attention(q, k, v, mask):
    fit = (q[:, :, None, :] * k[:, None, :, :]).sum(-1) / math.sqrt(q.size(-1))
    real = mask[:, None, :].to(fit.dtype)
    largest = fit.masked_fill(~mask[:, None, :], -math.inf).amax(2, keepdim=True).detach()
    e = torch.exp((fit - largest).masked_fill(~mask[:, None, :], 0)) * real
    weights = e / e.sum(2, keepdim=True)
    return (weights[:, :, :, None] * v[:, None]).sum(2), weights
