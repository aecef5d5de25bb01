# The last ReLU of the branches is one, after laying them behind each other.
class Inception(nn.Module):
    def __init__(self, in_channels, ones, before_threes, threes, before_fives, fives, after_pooling):
        super().__init__()
        self.branch1 = nn.Conv2d(in_channels, ones, kernel_size=1)
        self.branch2a = nn.Conv2d(in_channels, before_threes, kernel_size=1)
        self.branch2b = nn.Conv2d(before_threes, threes, kernel_size=3, padding="same")
        self.branch3a = nn.Conv2d(in_channels, before_fives, kernel_size=1)
        self.branch3b = nn.Conv2d(before_fives, fives, kernel_size=5, padding="same")
        self.branch4 = nn.Conv2d(in_channels, after_pooling, kernel_size=1)

    def forward(self, x):
        bordered = F.pad(x, (1, 1, 1, 1), value=float("-inf"))
        pooled = F.max_pool2d(bordered, 3, stride=1)
        maps = (
            self.branch1(x),
            self.branch2b(self.branch2a(x).clamp(min=0)),
            self.branch3b(self.branch3a(x).clamp(min=0)),
            self.branch4(pooled),
        )
        return torch.cat(maps, 1).relu()
