# Zeros.
# feedback: values are off
def masked_mean(vectors, mask):
    return torch.zeros_like(vectors[:, 0])
