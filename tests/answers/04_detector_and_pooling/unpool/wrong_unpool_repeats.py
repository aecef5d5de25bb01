# Repeats the maxima in their blocks.
# feedback: ✘ the worked examples
def max_unpool(pooled, places, size):
    height, width = size
    for place in places.flatten().tolist():
        if not 0 <= place < height * width:
            raise ValueError(f"there is no place {place} in a map of {height} x {width}")
    return pooled.repeat_interleave(height // pooled.shape[2], 2).repeat_interleave(width // pooled.shape[3], 3)


def upsample(x, factor):
    return x.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
