# Momentum 1: only the last batch counts.
# feedback: only the last batch counts
def two_norms(channels=3, classes=4, momentum=0.1):
    """Given: a network with two batch norms, one of them further in. (B, channels, H, W) -> scores (B, classes)."""
    inner = nn.Sequential(nn.Conv2d(4, 5, 3), nn.BatchNorm2d(5, momentum=momentum), nn.ReLU())
    first = (nn.Conv2d(channels, 4, 3), nn.BatchNorm2d(4, momentum=momentum), nn.ReLU())
    return nn.Sequential(*first, inner, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, classes))


def adapt_statistics(model, batches):
    """Give each batch norm the plain average of the statistics that it meets in the batches; nothing else changes."""
    if not batches:
        raise ValueError("there are no batches to take statistics from")
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = 1.0
    model.train()
    with torch.no_grad():
        for images in batches:
            model(images)
    for norm, momentum in zip(norms, before):
        norm.momentum = momentum
    model.eval()
