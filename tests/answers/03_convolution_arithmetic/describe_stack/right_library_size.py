# arithmetic.output_size for the sizes, with exact=False, and a class for the running state.
class Walker:
    def __init__(self, shape):
        self.channels, self.height, self.width = shape
        self.shapes, self.weights, self.biases = [], [], []

    def step(self, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True):
        for side in ("height", "width"):
            new = arithmetic.output_size(
                getattr(self, side), kernel_size, stride, padding, dilation, exact=False
            )
            setattr(self, side, new)
        if self.channels % groups or out_channels % groups:
            raise ValueError("groups")
        self.weights.append(out_channels * (self.channels // groups) * kernel_size * kernel_size)
        self.biases.append(out_channels if bias else 0)
        self.channels = out_channels
        self.shapes.append((self.channels, self.height, self.width))


def describe_stack(input_shape, layers):
    walker = Walker(input_shape)
    for i in range(len(layers)):
        try:
            walker.step(**layers[i])
        except ValueError as error:
            raise ValueError(f"in layer {i}: {error}") from error
    numbers = {"weights": walker.weights, "biases": walker.biases}
    return {"shapes": walker.shapes, **numbers, "total": sum(map(sum, numbers.values()))}
