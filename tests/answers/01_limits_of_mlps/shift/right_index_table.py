# Looks up for each component where it comes from.
def shift(x, steps, dim=-1, fill=0.0):
    n = x.size(dim)
    source = torch.arange(n) - steps
    inside = (source >= 0) & (source < n)
    taken = x.index_select(dim, source.clamp(0, n - 1))
    shape = [1] * x.ndim
    shape[dim] = n
    return torch.where(inside.view(shape), taken, torch.full_like(x, fill))
