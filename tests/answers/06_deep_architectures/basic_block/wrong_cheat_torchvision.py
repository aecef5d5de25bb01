# Torchvision's block.
# feedback: which does the task for you
from torchvision.models.resnet import BasicBlock as Theirs


class BasicBlock(Theirs):
    def __init__(self, in_channels, width, stride=1, residual=True):
        downsample = None
        if stride != 1 or in_channels != width:
            downsample = nn.Sequential(nn.Conv2d(in_channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))
        super().__init__(in_channels, width, stride, downsample)
