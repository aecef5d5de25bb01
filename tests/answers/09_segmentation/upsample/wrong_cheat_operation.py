# Calls PyTorch's operation below F.interpolate.
# feedback: which does the task for you
def nearest(x, factor):
    return torch.ops.aten.upsample_nearest2d(x, [factor * n for n in x.shape[2:]])


def bilinear(x, factor):
    return torch.ops.aten.upsample_bilinear2d(x, [factor * n for n in x.shape[2:]], False)
