# backward(), then the parameters' gradients are forgotten.
def tiny_classifier(channels=3, classes=4):
    """Given: something to fool. Images (B, channels, 6, 6) -> scores (B, classes)."""
    return nn.Sequential(nn.Conv2d(channels, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(96, classes))


def fgsm(model, images, labels, epsilon):
    x = images.detach().clone().requires_grad_()
    nn.CrossEntropyLoss()(model(x), labels).backward()
    model.zero_grad(set_to_none=True)
    with torch.no_grad():
        return (x + epsilon * x.grad.sign()).clip(0, 1)
