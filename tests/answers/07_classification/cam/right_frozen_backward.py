# backward(), with the parameters' gradients put back to none.
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
    rows = weight[classes]
    return (maps * rows[:, :, None, None]).sum(1)


def grad_cam(maps, rest, classes):
    x = maps.detach().clone().requires_grad_()
    one_hot = F.one_hot(classes, rest(x).shape[1])
    (rest(x) * one_hot).sum().backward()
    for parameter in rest.parameters():
        parameter.grad = None
    with torch.no_grad():
        return torch.relu(torch.einsum("bk,bkij->bij", x.grad.mean((2, 3)), maps))
