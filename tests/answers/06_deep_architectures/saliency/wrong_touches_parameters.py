# Leaves gradients in the parameters.
# feedback: the parameters with a .grad after the call
def classifier():
    """Given: something to look into. Pictures (B, 3, H, W) -> scores (B, 4)."""
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.Tanh(), nn.Dropout(0.5),
        nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 4),
    )


def saliency(model, pictures, labels):
    """For each pixel the largest absolute derivative of the score of the picture's label, (B, H, W)."""
    before = model.training
    model.eval()
    x = pictures.clone().requires_grad_()
    scores = model(x)
    wanted = scores[torch.arange(len(labels)), labels]
    wanted.sum().backward()
    gradient = x.grad
    model.train(before)
    return gradient.abs().amax(1)
