# One picture after the other; matrix products.
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
    result = []
    for picture, c in zip(maps, classes.tolist()):
        k, h, w = picture.shape
        result.append((weight[c] @ picture.reshape(k, h * w)).reshape(h, w))
    return torch.stack(result)


def grad_cam(maps, rest, classes):
    result = []
    for picture, c in zip(maps, classes.tolist()):
        x = picture[None].detach().requires_grad_()
        (g,) = torch.autograd.grad(rest(x)[0, c], x)
        result.append(torch.tensordot(g[0].mean((1, 2)), picture.detach(), dims=1).clamp(min=0))
    return torch.stack(result)
