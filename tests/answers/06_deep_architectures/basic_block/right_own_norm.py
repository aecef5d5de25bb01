# Batch norm of the shortcut and ReLU in place on what is new.
class BasicBlock(nn.Module):
    def __init__(self, in_channels, width, stride=1, residual=True):
        super().__init__()
        self.bn2, self.bn1 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride, 1, bias=False)
        self.weight_of_x = 1.0 if residual else 0.0
        changes = stride > 1 or in_channels != width
        if residual and changes:
            layers = [nn.Conv2d(in_channels, width, 1, bias=False, stride=stride), nn.BatchNorm2d(width)]
            self.downsample = nn.Sequential(*layers)

    def forward(self, x):
        out = self.bn1(self.conv1(x)).relu_()
        out = self.bn2(self.conv2(out))
        if self.weight_of_x:
            out = out + (self.downsample(x) if hasattr(self, "downsample") else x)
        return out.relu_()
