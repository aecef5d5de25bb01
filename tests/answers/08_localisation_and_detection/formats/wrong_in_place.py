# Changes the boxes that it was given.
# feedback: they must not change
def from_xyxy(boxes, form, height, width):
    if form not in ("xywh", "cxcywh", "normalised", "inclusive"):
        raise ValueError(form)
    if form == "inclusive":
        boxes[:, :2] += 1
        return boxes
    boxes[:, 2:] -= boxes[:, :2]
    if form != "xywh":
        boxes[:, :2] += boxes[:, 2:] / 2
    if form == "normalised":
        boxes /= torch.tensor([width, height, width, height])
    return boxes


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
