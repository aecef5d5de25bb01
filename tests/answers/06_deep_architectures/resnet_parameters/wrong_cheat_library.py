# Lets the course's network count.
# feedback: which does the task for you
def resnet_parameters(block, counts, widths=(64, 128, 256, 512), num_classes=1000):
    from utils import models

    kind = {"basic": models.BasicBlock, "bottleneck": models.Bottleneck}[block]
    with torch.device("meta"):
        model = models.ResNet(kind, counts, num_classes, widths)
    return sum(p.numel() for p in model.parameters())
