# Reads the layers and uses the formula.
# feedback: that is the formula: some weights are zero
def stack(*layers):
    """Given: convolutions with tanh between them. Each layer: the settings of nn.Conv2d after its channels."""
    modules = []
    for number, settings in enumerate(layers):
        modules += [nn.Conv2d(4 if number else 3, 4, **settings), nn.Tanh()]
    return nn.Sequential(*modules)



def measured_field(network, height, width):
    sides = []
    for side in (0, 1):
        size = jump = 1
        for layer in network:
            if isinstance(layer, nn.Conv2d):
                size += layer.dilation[side] * (layer.kernel_size[side] - 1) * jump
                jump *= layer.stride[side]
        sides.append(size)
    return tuple(sides)
