# Gives the pictures back.
# feedback: values are off
def tiny_classifier(channels=3, classes=4):
    """Given: something to fool. Images (B, channels, 6, 6) -> scores (B, classes)."""
    return nn.Sequential(nn.Conv2d(channels, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(96, classes))


def fgsm(model, images, labels, epsilon):
    return images.clone()
