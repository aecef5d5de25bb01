# Carries a mask for each animal.
def augment(image, instances, labels, flip, top, left, side, factor):
    masks = torch.stack([instances == k + 1 for k in range(len(labels))]) if len(labels) else instances[None][:0].bool()
    if flip:
        image, masks = image.flip(2), masks.flip(2)
    image, masks = (t[:, top : top + side, left : left + side] for t in (image, masks))
    image = F.interpolate(image[None], scale_factor=factor, mode="bilinear")[0]
    masks = F.interpolate(masks[None].float(), scale_factor=factor, mode="nearest")[0] > 0 if len(masks) else masks
    kept = masks.flatten(1).any(1) if len(masks) else torch.zeros(0, dtype=torch.bool)
    numbers = torch.arange(1, int(kept.sum()) + 1)
    new = (masks[kept] * numbers[:, None, None]).sum(0)
    return image, new, labels[kept]
