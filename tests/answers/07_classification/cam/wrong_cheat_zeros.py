# Zeros.
# feedback: values are off
def rest_of_network(channels=4, classes=3):
    """Given: what follows the maps, something to look into. (B, channels, H, W) -> scores (B, classes)."""
    return nn.Sequential(
        nn.Conv2d(channels, 5, 3, padding=1),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(5, classes),
    )


def class_activation_maps(maps, weight, classes):
    return torch.zeros_like(maps[:, 0])


def grad_cam(maps, rest, classes):
    return torch.zeros_like(maps[:, 0])
