# Layers in a loop, branches as a list.
class Inception(nn.Module):
    def __init__(self, in_channels, ones, before_threes, threes, before_fives, fives, after_pooling):
        super().__init__()
        table = {
            "branch1": (in_channels, ones, 1),
            "branch2a": (in_channels, before_threes, 1),
            "branch2b": (before_threes, threes, 3),
            "branch3a": (in_channels, before_fives, 1),
            "branch3b": (before_fives, fives, 5),
            "branch4": (in_channels, after_pooling, 1),
        }
        for name, (inputs, outputs, size) in table.items():
            self.add_module(name, nn.Conv2d(inputs, outputs, size, padding=(size - 1) // 2))
        self.pool = nn.MaxPool2d(3, 1, 1)

    def forward(self, x):
        branches = [("branch1",), ("branch2a", "branch2b"), ("branch3a", "branch3b"), ("pool", "branch4")]
        results = []
        for names in branches:
            out = x
            for name in names:
                out = getattr(self, name)(out)
                out = out if name == "pool" else torch.relu(out)
            results.append(out)
        return torch.cat(results, dim=1)
