# Moves the other way.
# feedback: that is the other direction
def shift(x, steps, dim=-1, fill=0.0):
    moved = torch.full_like(x, fill)
    kept = x.shape[dim] - abs(steps)
    if kept > 0:
        moved.narrow(dim, max(-steps, 0), kept).copy_(x.narrow(dim, max(steps, 0), kept))
    return moved
