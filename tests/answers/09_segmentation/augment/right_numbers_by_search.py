# Looks the new numbers up, and enlarges the map by index.
def augment(image, instances, labels, flip, top, left, side, factor):
    if flip:
        image, instances = torch.flip(image, (2,)), torch.flip(instances, (1,))
    image = image[:, top : top + side, left : left + side]
    instances = instances[top : top + side, left : left + side]
    image = F.interpolate(image.unsqueeze(0), size=(side * factor, side * factor), mode="bilinear", align_corners=False).squeeze(0)
    place = torch.arange(side * factor) // factor
    instances = instances[place][:, place]
    there = torch.unique(instances)
    there = there[there != 0]
    new = torch.where(instances > 0, torch.searchsorted(there, instances) + 1, torch.zeros_like(instances))
    return image, new, labels[there - 1]
