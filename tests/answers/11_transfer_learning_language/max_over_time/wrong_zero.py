# Sets padding to 0.
# feedback: 0 is larger than negative numbers
def max_over_time(maps, mask):
    for number, row in enumerate(mask.tolist()):
        if True not in row:
            raise ValueError(f"no token in sentence {number}")
    hidden = torch.where(mask[:, None, :], maps, torch.tensor(0.0))
    return hidden.amax(dim=2)
