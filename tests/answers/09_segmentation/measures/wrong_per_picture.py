# Averages over the pictures.
# feedback: take all pixels of all pictures together
def measures(predicted, true, classes):
    if predicted.shape != true.shape:
        raise ValueError(f"the maps have shapes {tuple(predicted.shape)} and {tuple(true.shape)}")
    iou, dice = [], []
    for c in range(classes):
        each, dices = [], []
        for p, t in zip(predicted == c, true == c):
            both, total = (p & t).sum().item(), (p.sum() + t.sum()).item()
            if total:
                each.append(both / (total - both))
                dices.append(2 * both / total)
        iou.append(sum(each) / len(each) if each else None)
        dice.append(sum(dices) / len(dices) if dices else None)
    known = [value for value in iou if value is not None]
    accuracy = (predicted == true).double().mean().item()
    return {"accuracy": accuracy, "iou": iou, "dice": dice, "miou": sum(known) / len(known)}
