# By the distance of the centres and the half widths.
def iou(first, second):
    size1, size2 = (first[:, 2:] - first[:, :2]), (second[:, 2:] - second[:, :2])
    low = torch.max(first[:, None, :2], second[:, :2])
    high = torch.min(first[:, None, 2:], second[:, 2:])
    sides = torch.relu(high - low)
    shared = sides[..., 0] * sides[..., 1]
    a1, a2 = torch.relu(size1).prod(1), torch.relu(size2).prod(1)
    union = a1.view(-1, 1) + a2.view(1, -1) - shared
    return shared / torch.where(union == 0, torch.ones_like(union), union)
