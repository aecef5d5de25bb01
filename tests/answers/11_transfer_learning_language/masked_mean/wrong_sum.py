# The sum.
# feedback: that is the sum
def masked_mean(vectors, mask):
    for number, real in enumerate(mask):
        if not real.any():
            raise ValueError(f"no real token in sentence {number}")
    total = torch.einsum("ntd,nt->nd", vectors, mask.to(vectors.dtype))
    return total
