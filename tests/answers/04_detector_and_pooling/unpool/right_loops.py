# Loops over all that is there.
def max_unpool(pooled, places, size):
    height, width = size
    out = pooled.new_zeros(*pooled.shape[:2], height, width)
    for b in range(pooled.shape[0]):
        for d in range(pooled.shape[1]):
            for value, place in zip(pooled[b, d].flatten(), places[b, d].flatten().tolist()):
                if place < 0 or place >= height * width:
                    raise ValueError("no such place: %d" % place)
                out[b, d, place // width, place % width] = value
    return out


def upsample(x, factor):
    out = x.new_zeros(*x.shape[:2], x.shape[2] * factor, x.shape[3] * factor)
    for u in range(factor):
        for v in range(factor):
            out[:, :, u::factor, v::factor] = x
    return out
