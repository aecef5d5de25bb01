# The formula as it stands, with recall and its differences.
def average_precision(scores, right, objects):
    if not objects or right.sum().item() > objects:
        raise ValueError("objects = %d cannot be" % objects)
    if len(scores) == 0:
        return 0.0
    order = torch.argsort(-scores)
    true = torch.cumsum(right[order].to(torch.float64), 0)
    precision, recall = true / torch.arange(1, len(true) + 1), true / objects
    before = torch.cat([torch.zeros(1, dtype=torch.float64), recall[:-1]])
    return float(((recall - before) * precision).sum())
