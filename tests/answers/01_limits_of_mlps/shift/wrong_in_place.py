# Works in the tensor it was given.
# feedback: the input after the call
def shift(x, steps, dim=-1, fill=0.0):
    n = x.shape[dim]
    old = x.clone()
    x.fill_(fill)
    if abs(steps) < n:
        kept = n - abs(steps)
        x.narrow(dim, max(steps, 0), kept).copy_(old.narrow(dim, max(-steps, 0), kept))
    return x
