# Lets a place outside wrap around.
# feedback: expected it to raise ValueError
def max_unpool(pooled, places, size):
    height, width = size
    places = places % (height * width)
    out = torch.zeros(*pooled.shape[:2], height * width, dtype=pooled.dtype)
    out.scatter_(2, places.flatten(2), pooled.flatten(2))
    return out.view(*pooled.shape[:2], height, width)


def upsample(x, factor):
    return x.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
