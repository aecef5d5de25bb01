# By backward on the picture, with any() along rows and columns.
def stack(*layers):
    """Given: convolutions with tanh between them. Each layer: the settings of nn.Conv2d after its channels."""
    modules = []
    for number, settings in enumerate(layers):
        modules += [nn.Conv2d(4 if number else 3, 4, **settings), nn.Tanh()]
    return nn.Sequential(*modules)



def measured_field(network, height, width):
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    x = torch.rand(1, 3, height, width).requires_grad_()
    out = network(x)
    out[:, :, out.size(2) // 2, out.size(3) // 2].sum().backward()
    seen = (x.grad[0] != 0).any(0)
    sides = []
    for along in (1, 0):
        line = torch.where(seen.any(along))[0]
        sides.append(int(line[-1]) - int(line[0]) + 1)
    return tuple(sides)
