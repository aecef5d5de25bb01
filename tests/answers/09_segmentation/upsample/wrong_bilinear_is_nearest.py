# Does not interpolate.
# feedback: that is the nearest number
def nearest(x, factor):
    """Maps (B, C, H, W), every number repeated factor times along both sides."""
    return x.repeat_interleave(factor, 2).repeat_interleave(factor, 3)


def bilinear(x, factor):
    return nearest(x, factor)
