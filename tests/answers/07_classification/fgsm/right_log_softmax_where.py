# The loss from log_softmax, added over the batch; the sign by comparing.
def tiny_classifier(channels=3, classes=4):
    """Given: something to fool. Images (B, channels, 6, 6) -> scores (B, classes)."""
    return nn.Sequential(nn.Conv2d(channels, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(96, classes))


def fgsm(model, images, labels, epsilon):
    x = images.clone().detach().requires_grad_()
    loss = -model(x).log_softmax(1).gather(1, labels.view(-1, 1)).sum()
    (g,) = torch.autograd.grad(loss, [x])
    step = (g > 0).to(images.dtype) - (g < 0).to(images.dtype)
    return torch.min(torch.max(images.detach() + epsilon * step, torch.zeros(())), torch.ones(()))
