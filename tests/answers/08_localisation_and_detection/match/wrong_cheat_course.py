# Calls the course's own function.
# feedback: which does the task for you
from utils import metrics


def match(found, scores, true, threshold=0.5):
    order = scores.argsort(descending=True)
    answer = torch.empty(len(found), dtype=torch.int64)
    answer[order] = metrics.match(boxes.iou(found[order], true), threshold)
    return answer
