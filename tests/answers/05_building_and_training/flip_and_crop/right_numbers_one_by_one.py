# Box by box, in plain numbers.
def flip(image, boxes, masks):
    width = image.shape[-1]
    mirrored = [[width - x1, y0, width - x0, y1] for x0, y0, x1, y1 in boxes.tolist()]
    mirrored = torch.tensor(mirrored, dtype=boxes.dtype).reshape(-1, 4)
    return torch.flip(image, [-1]), mirrored, torch.flip(masks, [-1])


def crop(image, boxes, masks, top, left, height, width):
    H, W = image.shape[-2:]
    if not (0 <= top <= top + height <= H and 0 <= left <= left + width <= W):
        raise ValueError("the window is not inside the picture")
    new, kept = [], []
    for x0, y0, x1, y1 in boxes.tolist():
        box = [max(x0 - left, 0), max(y0 - top, 0), min(x1 - left, width), min(y1 - top, height)]
        kept.append(box[0] < box[2] and box[1] < box[3])
        if kept[-1]:
            new.append(box)
    kept = torch.tensor(kept, dtype=torch.bool)
    inside = (..., slice(top, top + height), slice(left, left + width))
    return image[inside], torch.tensor(new, dtype=boxes.dtype).reshape(-1, 4), masks[kept][inside], kept
