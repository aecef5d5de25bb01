# Lets PyTorch count the inputs of fc1.
class CNN(nn.Module):
    def __init__(self, height=32, width=32, classes=10):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)
        with torch.no_grad():
            inputs = self.features(torch.zeros(1, 3, height, width)).shape[1]
        self.fc1, self.fc2 = nn.Linear(inputs, 120), nn.Linear(120, classes)

    def features(self, x):
        for conv in (self.conv1, self.conv2):
            x = F.max_pool2d(conv(x).relu(), 2)
        return x.flatten(1)

    def forward(self, x):
        return self.fc2(self.fc1(self.features(x)).relu())
