# Finds nothing, ever.
# feedback: values are off
def mask_iou(first, second):
    """Intersection over union of every pair: masks (N, H, W) and (M, H, W) give (N, M)."""
    a, b = first.flatten(1).float(), second.flatten(1).float()
    shared = a @ b.T
    union = a.sum(1)[:, None] + b.sum(1) - shared
    return shared / union.clamp(min=1)


def match(found, scores, true, threshold=0.5):
    return torch.full((len(found),), -1)
