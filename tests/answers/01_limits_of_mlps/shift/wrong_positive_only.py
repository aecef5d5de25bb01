# Knows positive steps only.
# feedback: ✘ the worked example
def shift(x, steps, dim=-1, fill=0.0):
    moved = torch.full_like(x, fill)
    kept = x.shape[dim] - steps
    if kept > 0:
        moved.narrow(dim, steps, kept).copy_(x.narrow(dim, 0, kept))
    return moved
