# Trains on numbers up to 255, and is judged on numbers up to 1.
# feedback: Are the pictures scaled from 0 to 1 in training too?
def challenge(images, labels):
    """A network that tells six animals, trained on these pictures alone."""
    def block(inputs, outputs):
        return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]

    def mirrored(pictures, answers):
        coin = torch.rand(len(pictures), 1, 1, 1) < 0.5
        return torch.where(coin, pictures.flip(3), pictures), answers

    torch.manual_seed(8)
    model = nn.Sequential(
        *block(3, 12), nn.MaxPool2d(2), *block(12, 24), nn.MaxPool2d(2), *block(24, 48),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(48, 6),
    )  # fmt: skip
    epochs = 2
    batches = training.Batches(images.float(), labels, 40, seed=8, transform=mirrored)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.02, total_steps=epochs * len(batches))
    training.fit(model, batches, epochs=epochs, optimizer=optimizer, schedule=schedule, progress=False)
    return model
