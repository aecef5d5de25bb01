# Counts pixels as if both ends were inside.
# feedback: x1 is just outside, so that the width is x1 - x0, without + 1
def iou(first, second):
    def area(rows):
        return (rows[..., 2:] - rows[..., :2] + 1).clamp(min=0).prod(-1)

    low = torch.maximum(first[:, None, :2], second[None, :, :2])
    high = torch.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = area(torch.cat([low, high], -1))
    one, two = area(first)[:, None], area(second)[None, :]
    union = one + two - shared
    return torch.where(union > 0, shared / union.clamp(min=1e-9), torch.zeros_like(union))
