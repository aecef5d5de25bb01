# Looks at the padding.
# feedback: yours looks at the padding
def max_over_time(maps, mask):
    for number, row in enumerate(mask.tolist()):
        if True not in row:
            raise ValueError(f"no token in sentence {number}")
    hidden = torch.where(mask[:, None, :], torch.tensor(-1e9), maps)
    return hidden.amax(dim=2)
