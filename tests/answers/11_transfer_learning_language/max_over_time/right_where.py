# Chooses minus infinity at padding.
def max_over_time(maps, mask):
    for number, row in enumerate(mask.tolist()):
        if True not in row:
            raise ValueError(f"no token in sentence {number}")
    hidden = torch.where(mask[:, None, :], maps, torch.tensor(-math.inf))
    return hidden.amax(dim=2)
