# Branch 4 without pooling.
# feedback: the pooling of branch 4 is missing
class Inception(nn.Module):
    """Kernels of 1x1, 3x3 and 5x5 and pooling side by side."""

    def __init__(self, in_channels, ones, before_threes, threes, before_fives, fives, after_pooling):
        super().__init__()
        self.branch1 = nn.Conv2d(in_channels, ones, 1)
        self.branch2a = nn.Conv2d(in_channels, before_threes, 1)
        self.branch2b = nn.Conv2d(before_threes, threes, 3, padding=1)
        self.branch3a = nn.Conv2d(in_channels, before_fives, 1)
        self.branch3b = nn.Conv2d(before_fives, fives, 5, padding=2)
        self.branch4 = nn.Conv2d(in_channels, after_pooling, 1)

    def forward(self, x):
        first = F.relu(self.branch1(x))
        second = F.relu(self.branch2b(F.relu(self.branch2a(x))))
        third = F.relu(self.branch3b(F.relu(self.branch3a(x))))
        fourth = F.relu(self.branch4(x))
        return torch.cat([first, second, third, fourth], 1)
