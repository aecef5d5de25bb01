# Returns Dice for IoU.
# feedback: that is Dice
def measures(predicted, true, classes):
    """Pixel accuracy, IoU and Dice of each class, and mIoU of label maps (B, H, W)."""
    if predicted.shape != true.shape:
        raise ValueError(f"the maps have shapes {tuple(predicted.shape)} and {tuple(true.shape)}")
    iou, dice = [], []
    for c in range(classes):
        p, t = predicted == c, true == c
        both, total = (p & t).sum().item(), (p.sum() + t.sum()).item()
        iou.append(2 * both / total if total else None)
        dice.append(2 * both / total if total else None)
    known = [value for value in iou if value is not None]
    accuracy = (predicted == true).double().mean().item()
    return {"accuracy": accuracy, "iou": iou, "dice": dice, "miou": sum(known) / len(known)}
