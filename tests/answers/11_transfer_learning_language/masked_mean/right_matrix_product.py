# A product with rows of weights that add up to 1.
def masked_mean(vectors, mask):
    empty = torch.nonzero(mask.sum(1) == 0)
    if empty.numel():
        raise ValueError(f"{empty[0].item()}: nothing to average")
    weights = mask.to(vectors.dtype)
    weights = weights / weights.sum(1, keepdim=True)
    return torch.bmm(weights[:, None], vectors).squeeze(1)
