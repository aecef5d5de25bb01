# Adds a large negative number at padding.
def max_over_time(maps, mask):
    nothing = torch.where(mask.sum(1) == 0)[0]
    if len(nothing):
        raise ValueError("padding only in " + str(int(nothing[0])))
    far_down = torch.zeros(mask.shape).masked_fill(~mask, -1e30)
    return (maps + far_down[:, None]).max(-1).values
