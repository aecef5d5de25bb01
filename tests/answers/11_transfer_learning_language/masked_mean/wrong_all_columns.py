# The mean over all columns.
# feedback: that is the mean of all columns
def masked_mean(vectors, mask):
    for number, real in enumerate(mask):
        if not real.any():
            raise ValueError(f"no real token in sentence {number}")
    return vectors.mean(dim=1)
