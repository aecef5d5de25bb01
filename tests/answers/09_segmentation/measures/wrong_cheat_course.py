# Takes the course's measures.
# feedback: which does the task for you
from utils import metrics


def measures(predicted, true, classes):
    if predicted.shape != true.shape:
        raise ValueError(f"the maps have shapes {tuple(predicted.shape)} and {tuple(true.shape)}")
    matrix = metrics.confusion_matrix(predicted.flatten(), true.flatten(), classes)
    iou, dice = ([None if v != v else v for v in f(matrix).tolist()] for f in (metrics.class_iou, metrics.class_dice))
    known = [v for v in iou if v is not None]
    return {"accuracy": 1 - metrics.error_rate(matrix), "iou": iou, "dice": dice, "miou": sum(known) / len(known)}
