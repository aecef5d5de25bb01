# Writes into the maps.
# feedback: the maps that were given
def max_over_time(maps, mask):
    if not mask.any(1).all():
        raise ValueError(f"no token in sentence {int((~mask.any(1)).nonzero()[0])}")
    with torch.no_grad():
        maps[~mask[:, None].expand_as(maps)] = -1e9
    return maps.amax(2)
