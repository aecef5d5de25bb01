# Moves away from the model's own answer, right or wrong.
# feedback: raise the loss of the true label
def tiny_classifier(channels=3, classes=4):
    """Given: something to fool. Images (B, channels, 6, 6) -> scores (B, classes)."""
    return nn.Sequential(nn.Conv2d(channels, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(96, classes))


def fgsm(model, images, labels, epsilon):
    x = images.detach().clone()
    x.requires_grad = True
    loss = F.cross_entropy(model(x), model(x).argmax(1))
    gradient = torch.autograd.grad(loss, x)[0]
    changed = images + epsilon * torch.sign(gradient)
    return torch.clamp(changed, 0.0, 1.0)
