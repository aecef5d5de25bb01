# Repeats the map as a whole.
# feedback: each number fills a block; yours repeats the map as a whole
def max_unpool(pooled, places, size):
    height, width = size
    for place in places.flatten().tolist():
        if not 0 <= place < height * width:
            raise ValueError(f"there is no place {place} in a map of {height} x {width}")
    out = torch.zeros(*pooled.shape[:2], height * width, dtype=pooled.dtype)
    out.scatter_(2, places.flatten(2), pooled.flatten(2))
    return out.view(*pooled.shape[:2], height, width)


def upsample(x, factor):
    return x.repeat(1, 1, factor, factor)
