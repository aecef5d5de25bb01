# Width and height of what is shared, one axis at a time.
def shared_length(a0, a1, b0, b1):
    return (torch.minimum(a1[:, None], b1) - torch.maximum(a0[:, None], b0)).clamp(min=0)


def iou(first, second):
    x = shared_length(first[:, 0], first[:, 2], second[:, 0], second[:, 2])
    y = shared_length(first[:, 1], first[:, 3], second[:, 1], second[:, 3])
    areas = [(b[:, 2] - b[:, 0]).clamp(min=0) * (b[:, 3] - b[:, 1]).clamp(min=0) for b in (first, second)]
    union = areas[0].unsqueeze(1) + areas[1].unsqueeze(0) - x * y
    return (x * y / union).nan_to_num(0.0, posinf=0.0, neginf=0.0)
