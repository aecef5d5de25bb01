# Ignores the mask.
# feedback: padding must not win
def max_over_time(maps, mask):
    for number, row in enumerate(mask.tolist()):
        if True not in row:
            raise ValueError(f"no token in sentence {number}")
    hidden = maps
    return hidden.amax(dim=2)
