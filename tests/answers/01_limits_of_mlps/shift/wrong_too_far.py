# Does not think of moves beyond the end.
# feedback: ✘ no step, one step, all steps, more than all
def shift(x, steps, dim=-1, fill=0.0):
    moved = torch.full_like(x, fill)
    kept = x.shape[dim] - abs(steps)
    moved.narrow(dim, max(steps, 0), kept).copy_(x.narrow(dim, max(-steps, 0), kept))
    return moved
