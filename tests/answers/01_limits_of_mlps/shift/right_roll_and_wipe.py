# Rolls, then wipes what came back.
def shift(x, steps, dim=-1, fill=0.0):
    n = x.shape[dim]
    if abs(steps) >= n:
        return torch.full_like(x, fill)
    moved = torch.roll(x, steps, dims=dim)
    came_back = torch.arange(n) < steps if steps >= 0 else torch.arange(n) >= n + steps
    moved.index_fill_(dim, came_back.nonzero().flatten(), fill)
    return moved
