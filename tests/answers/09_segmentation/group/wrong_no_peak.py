# Breaks where there is no peak.
# feedback: your code raised
def group(centres, offsets, foreground, least=0.3):
    """The map of instances (H, W) that centres (H, W) and offsets (2, H, W) say."""
    highest = F.max_pool2d(centres[None, None], 3, 1, 1)[0, 0]
    rows, columns = ((centres == highest) & (centres >= least)).nonzero(as_tuple=True)
    height, width = centres.shape
    x, y = torch.arange(width) + offsets[0], torch.arange(height)[:, None] + offsets[1]
    distance = (x - columns[:, None, None]) ** 2 + (y - rows[:, None, None]) ** 2
    return (distance.argmin(0) + 1) * foreground
