# A frozen part is no step down.
# feedback: a part that is left out still counts as a step down
def three_parts(channels=3, width=4, classes=5):
    """Given: a small network in three parts. (B, channels, H, W) -> scores (B, classes)."""
    first = nn.Sequential(nn.Conv2d(channels, width, 3), nn.BatchNorm2d(width), nn.ReLU())
    second = nn.Sequential(
        nn.Conv2d(width, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    return nn.Sequential(first, second, nn.Linear(6, classes))


def one_step(model, images, labels, learning_rate, factor):
    """Given: one step of gradient descent with your groups."""
    optimizer = torch.optim.SGD(
        parameter_groups(model, learning_rate, factor), lr=1e6
    )  # a group has its own "lr"
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    optimizer.zero_grad()


def copy_first(source, model, count):
    """Copy the first `count` parts of source, with their statistics, into model; ValueError if that takes in the head."""
    if not 0 <= count < len(model):
        raise ValueError(f"count={count}: expected 0 to {len(model) - 1}, the parts below the head")
    for part in range(count):
        model[part].load_state_dict(source[part].state_dict())


def parameter_groups(model, learning_rate, factor):
    """A group for each part that has something to learn; each part learns at `factor` times the rate of the part above."""
    groups = []
    for below, part in enumerate(reversed(list(model))):
        chosen = [p for p in part.parameters() if p.requires_grad]
        if chosen:
            groups.append({"params": chosen, "lr": learning_rate * factor ** len(groups)})
    return groups
