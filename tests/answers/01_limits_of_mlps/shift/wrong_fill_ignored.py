# Fills with zeros always.
# feedback: the new components are not `fill`
def shift(x, steps, dim=-1, fill=0.0):
    moved = torch.zeros_like(x)
    kept = x.shape[dim] - abs(steps)
    if kept > 0:
        moved.narrow(dim, max(steps, 0), kept).copy_(x.narrow(dim, max(-steps, 0), kept))
    return moved
