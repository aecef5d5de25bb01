# Box by box, in plain numbers.
def one_from(x0, y0, x1, y1, form, height, width):
    if form == "xywh":
        return [x0, y0, x1 - x0, y1 - y0]
    if form == "cxcywh":
        return [x0 + (x1 - x0) / 2, y0 + (y1 - y0) / 2, x1 - x0, y1 - y0]
    if form == "normalised":
        return [(x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height]
    if form == "inclusive":
        return [x0 + 1, y0 + 1, x1, y1]
    raise ValueError("unknown format: " + form)


def one_to(a, b, c, d, form, height, width):
    if form == "xywh":
        return [a, b, a + c, b + d]
    if form == "cxcywh":
        return [a - c / 2, b - d / 2, a + c / 2, b + d / 2]
    if form == "normalised":
        return one_to(a * width, b * height, c * width, d * height, "cxcywh", height, width)
    if form == "inclusive":
        return [a - 1, b - 1, c, d]
    raise ValueError("unknown format: " + form)


def from_xyxy(boxes, form, height, width):
    return torch.tensor([one_from(*row, form, height, width) for row in boxes.tolist()]).reshape(-1, 4)


def to_xyxy(boxes, form, height, width):
    return torch.tensor([one_to(*row, form, height, width) for row in boxes.tolist()]).reshape(-1, 4)
