# Calls PyTorch's operation by its name.
# feedback: which does the task for you
import torchvision


def nms(found, scores, labels, threshold):
    return torch.ops.torchvision.nms(found + 1000.0 * labels[:, None], scores, threshold)
