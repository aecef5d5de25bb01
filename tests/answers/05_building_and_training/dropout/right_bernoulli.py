# Draws who survives by torch.bernoulli.
def dropout(x, p, training):
    if p < 0 or p >= 1:
        raise ValueError(f"{p} is no probability below 1")
    keep = 1.0 - p
    if training:
        mask = torch.bernoulli(torch.full_like(x, keep))
        x = mask * x / keep
    return x
