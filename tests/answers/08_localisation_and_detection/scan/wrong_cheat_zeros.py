# Zeros of the right shape.
# feedback: values are off
def scan(maps, weight, bias, size):
    if weight.shape[1] != maps.shape[1] * size[0] * size[1]:
        raise ValueError(f"{weight.shape[1]} and {maps.shape[1] * size[0] * size[1]}")
    return torch.zeros(len(maps), len(weight), maps.shape[2] - size[0] + 1, maps.shape[3] - size[1] + 1)
