# Keeps boxes that only touch the window.
# feedback: a box that only touches the edge has no area
def flip(image, boxes, masks):
    """Picture, boxes and masks mirrored left and right."""
    x0, y0, x1, y1 = boxes.unbind(1)
    width = image.shape[2]
    return image.flip(2), torch.stack([width - x1, y0, width - x0, y1], 1), masks.flip(2)


def crop(image, boxes, masks, top, left, height, width):
    """A window of the picture, the boxes and masks of the objects in it, and which objects these are."""
    bottom, right = top + height, left + width
    if top < 0 or left < 0 or bottom > image.shape[1] or right > image.shape[2]:
        raise ValueError(
            f"rows {top} to {bottom} and columns {left} to {right} are not inside the picture, {tuple(image.shape[1:])}"
        )
    moved = boxes - torch.tensor([left, top, left, top])
    moved = torch.minimum(moved.clamp(min=0), torch.tensor([width, height, width, height]))
    x0, y0, x1, y1 = boxes.unbind(1)
    kept = (x0 <= right) & (x1 >= left) & (y0 <= bottom) & (y1 >= top)
    rows, columns = slice(top, bottom), slice(left, right)
    return image[:, rows, columns], moved[kept], masks[kept][:, rows, columns], kept
