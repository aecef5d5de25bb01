# Cuts the input's negative values off in place.
# feedback: x after the call: its values were changed
class BasicBlock(nn.Module):
    """Two 3x3 convolutions with batch norm and, if residual, a shortcut around them."""

    def __init__(self, in_channels, width, stride=1, residual=True):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.residual = residual
        self.downsample = nn.Identity()
        if residual and (stride != 1 or in_channels != width):
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, width, 1, stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.residual:
            out = out + self.downsample(x)
        out = F.relu(out)
        x.data.clamp_(min=0)
        return out
