# torch.roll: what leaves comes back.
# feedback: what leaves at one end comes back at the other
def shift(x, steps, dim=-1, fill=0.0):
    return torch.roll(x, steps, dim)
