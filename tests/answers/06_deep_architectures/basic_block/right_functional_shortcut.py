# The three cases written out in forward, layers with keywords.
class BasicBlock(nn.Module):
    def __init__(self, in_channels, width, stride=1, residual=True):
        super().__init__()
        threes = {"kernel_size": 3, "padding": 1, "bias": False}
        self.conv1 = nn.Conv2d(in_channels, width, stride=stride, **threes)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, **threes)
        self.bn2 = nn.BatchNorm2d(width)
        self.plain = not residual
        self.downsample = None
        if residual and (in_channels, 1) != (width, stride):
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, width, kernel_size=1, stride=stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x):
        f = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        if self.plain:
            return f.clamp(min=0)
        if self.downsample is None:
            return (x + f).clamp(min=0)
        return (self.downsample(x) + f).clamp(min=0)
