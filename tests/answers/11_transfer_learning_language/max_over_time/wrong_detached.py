# Cut off from its inputs.
# feedback: no gradient flows through
def max_over_time(maps, mask):
    for number, row in enumerate(mask.tolist()):
        if True not in row:
            raise ValueError(f"no token in sentence {number}")
    hidden = torch.where(mask[:, None, :], maps, torch.tensor(-math.inf))
    return hidden.detach().amax(dim=2)
