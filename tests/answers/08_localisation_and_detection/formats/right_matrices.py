# Every format is a matrix and a shift; the way back is the inverse.
def plan(form, height, width):
    size = torch.tensor([width, height, width, height], dtype=torch.float64)
    corner = torch.tensor([[1, 0, 0, 0], [0, 1, 0, 0], [-1, 0, 1, 0], [0, -1, 0, 1]], dtype=torch.float64)
    centre = torch.tensor([[0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [-1, 0, 1, 0], [0, -1, 0, 1]], dtype=torch.float64)
    plans = {
        "xywh": (corner, 0),
        "cxcywh": (centre, 0),
        "normalised": (centre / size[:, None], 0),
        "inclusive": (torch.eye(4, dtype=torch.float64), torch.tensor([1.0, 1, 0, 0])),
    }
    if form not in plans:
        raise ValueError(f"{form}: expected one of {list(plans)}")
    return plans[form]


def from_xyxy(boxes, form, height, width):
    matrix, shift = plan(form, height, width)
    return (boxes.double() @ matrix.T + shift).float()


def to_xyxy(boxes, form, height, width):
    matrix, shift = plan(form, height, width)
    return ((boxes.double() - shift) @ torch.linalg.inv(matrix).T).float()
