# Resets the batch norms.
# feedback: the body's weights after Transferred
def tiny_body(channels=3, features=6):
    """Given: a body to freeze. Pictures (B, channels, H, W) -> features (B, features)."""
    first = (nn.Conv2d(channels, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    second = (nn.Conv2d(4, features, 3), nn.BatchNorm2d(features), nn.ReLU())
    return nn.Sequential(*first, *second, nn.AdaptiveAvgPool2d(1), nn.Flatten())


class Transferred(nn.Module):
    """A frozen body under a new linear head: pictures -> scores (B, classes)."""

    def __init__(self, body, features, classes):
        super().__init__()
        self.body = body.requires_grad_(False)
        self.head = nn.Linear(features, classes)
        for module in body.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.reset_running_stats()
        self.train()

    def train(self, mode=True):
        """Called by model.train() and, with False, by model.eval(); returns the model."""
        super().train(mode)
        self.body.eval()
        return self

    def forward(self, images):
        return self.head(self.body(images))
