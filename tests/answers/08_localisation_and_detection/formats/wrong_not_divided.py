# Forgets to divide by the size of the picture.
# feedback: these are pixels: divide by the picture's width and height
def from_xyxy(boxes, form, height, width):
    x0, y0, x1, y1 = boxes.unbind(-1)
    if form == "xywh":
        return torch.stack([x0, y0, x1 - x0, y1 - y0], -1)
    if form == "inclusive":
        return torch.stack([x0 + 1, y0 + 1, x1, y1], -1)
    centred = torch.stack([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0], -1)
    if form == "cxcywh":
        return centred
    if form == "normalised":
        return centred
    raise ValueError(f"there is no format {form!r}")


def to_xyxy(boxes, form, height, width):
    a, b, c, d = boxes.unbind(-1)
    if form == "xywh":
        return torch.stack([a, b, a + c, b + d], -1)
    if form == "inclusive":
        return torch.stack([a - 1, b - 1, c, d], -1)
    if form == "normalised":
        a, b, c, d = a * width, b * height, c * width, d * height
    elif form != "cxcywh":
        raise ValueError(f"there is no format {form!r}")
    return torch.stack([a - c / 2, b - d / 2, a + c / 2, b + d / 2], -1)
