# Pools by the mean.
# feedback: the pooling takes the mean
class CNN(nn.Module):
    """Two convolutions, two fully connected layers. Pictures (B, 3, height, width) -> scores (B, classes)."""

    def __init__(self, height=32, width=32, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        maps = [((side - 4) // 2 - 4) // 2 for side in (height, width)]
        self.fc1 = nn.Linear(16 * maps[0] * maps[1], 120)
        self.fc2 = nn.Linear(120, classes)

    def forward(self, x):
        out = F.avg_pool2d(F.relu(self.conv1(x)), 2)
        out = F.avg_pool2d(F.relu(self.conv2(out)), 2)
        out = out.view(len(x), -1)
        out = F.relu(self.fc1(out))
        return self.fc2(out)
