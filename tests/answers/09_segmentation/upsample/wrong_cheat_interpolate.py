# Calls F.interpolate.
# feedback: which does the task for you
def nearest(x, factor):
    return F.interpolate(x, scale_factor=factor)


def bilinear(x, factor):
    return F.interpolate(x, scale_factor=factor, mode="bilinear")
