# Forward of the body under no_grad, frozen one by one.
def tiny_body(channels=3, features=6):
    """Given: a body to freeze. Pictures (B, channels, H, W) -> features (B, features)."""
    first = (nn.Conv2d(channels, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    second = (nn.Conv2d(4, features, 3), nn.BatchNorm2d(features), nn.ReLU())
    return nn.Sequential(*first, *second, nn.AdaptiveAvgPool2d(1), nn.Flatten())


class Transferred(nn.Module):
    """A frozen body under a new linear head: pictures -> scores (B, classes)."""

    def __init__(self, body, features, classes):
        super().__init__()
        for p in body.parameters():
            p.requires_grad = False
        self.body = body
        self.head = nn.Linear(features, classes)
        self.body.eval()

    def train(self, mode=True):
        """Called by model.train() and, with False, by model.eval(); returns the model."""
        super().train(mode)
        self.body.eval()
        return self

    def forward(self, images):
        with torch.no_grad():
            x = self.body(images)
        return self.head(x)
