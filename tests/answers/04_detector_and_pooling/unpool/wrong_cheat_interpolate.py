# Cheat: PyTorch's up-sampling.
# feedback: which does the task for you: put the numbers in their places yourself
def max_unpool(pooled, places, size):
    height, width = size
    for place in places.flatten().tolist():
        if not 0 <= place < height * width:
            raise ValueError(f"there is no place {place} in a map of {height} x {width}")
    out = torch.zeros(*pooled.shape[:2], height * width, dtype=pooled.dtype)
    out.scatter_(2, places.flatten(2), pooled.flatten(2))
    return out.view(*pooled.shape[:2], height, width)


def upsample(x, factor):
    return F.interpolate(x, scale_factor=factor)
