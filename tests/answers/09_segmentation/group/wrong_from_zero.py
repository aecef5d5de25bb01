# Numbers from 0.
# feedback: the numbers begin with 1
def group(centres, offsets, foreground, least=0.3):
    """The map of instances (H, W) that centres (H, W) and offsets (2, H, W) say."""
    highest = F.max_pool2d(centres[None, None], 3, 1, 1)[0, 0]
    rows, columns = ((centres == highest) & (centres >= least)).nonzero(as_tuple=True)
    if len(rows) == 0:
        return torch.zeros_like(foreground, dtype=torch.int64)
    height, width = centres.shape
    x, y = torch.arange(width) + offsets[0], torch.arange(height)[:, None] + offsets[1]
    distance = (x - columns[:, None, None]) ** 2 + (y - rows[:, None, None]) ** 2
    return distance.argmin(0) * foreground
