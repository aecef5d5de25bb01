# Leaves zeros in between.
# feedback: each number fills a block; yours leaves zeros in between
def max_unpool(pooled, places, size):
    height, width = size
    for place in places.flatten().tolist():
        if not 0 <= place < height * width:
            raise ValueError(f"there is no place {place} in a map of {height} x {width}")
    out = torch.zeros(*pooled.shape[:2], height * width, dtype=pooled.dtype)
    out.scatter_(2, places.flatten(2), pooled.flatten(2))
    return out.view(*pooled.shape[:2], height, width)


def upsample(x, factor):
    out = x.new_zeros(*x.shape[:2], x.shape[2] * factor, x.shape[3] * factor)
    out[:, :, ::factor, ::factor] = x
    return out
