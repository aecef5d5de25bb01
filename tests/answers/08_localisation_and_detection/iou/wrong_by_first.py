# Divides by the area of the first box.
# feedback: that is the part of the first box that is covered: divide by the union
def iou(first, second):
    def area(rows):
        return (rows[..., 2:] - rows[..., :2]).clamp(min=0).prod(-1)

    low = torch.maximum(first[:, None, :2], second[None, :, :2])
    high = torch.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = area(torch.cat([low, high], -1))
    one, two = area(first)[:, None], area(second)[None, :]
    union = one + 0 * shared
    return torch.where(union > 0, shared / union.clamp(min=1e-9), torch.zeros_like(union))
