# Counts all pairs in one table.
def measures(predicted, true, classes):
    if tuple(predicted.shape) != tuple(true.shape):
        raise ValueError(f"{tuple(predicted.shape)} is not {tuple(true.shape)}")
    table = torch.zeros(classes, classes, dtype=torch.float64)
    table.index_put_((true.flatten(), predicted.flatten()), torch.ones(true.numel(), dtype=torch.float64), accumulate=True)
    both, sizes = table.diag(), table.sum(0) + table.sum(1)
    iou = [(b / (s - b)).item() if s > 0 else None for b, s in zip(both, sizes)]
    dice = [(2 * b / s).item() if s > 0 else None for b, s in zip(both, sizes)]
    numbers = torch.tensor([v for v in iou if v is not None], dtype=torch.float64)
    return {"iou": iou, "dice": dice, "miou": numbers.mean().item(), "accuracy": (both.sum() / table.sum()).item()}
