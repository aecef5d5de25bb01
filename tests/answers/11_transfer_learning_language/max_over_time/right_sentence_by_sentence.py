# A loop over sentences, of which only the real columns are taken.
def max_over_time(maps, mask):
    found = []
    for number in range(len(maps)):
        real = maps[number][:, mask[number]]
        if real.shape[1] == 0:
            raise ValueError(f"sentence {number} has nothing but padding")
        found.append(real.max(dim=1)[0])
    return torch.stack(found)
