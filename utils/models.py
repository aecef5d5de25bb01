"""The networks that the lectures build, each named after the unit that does.

Layers are those of torch.nn; what is here is how they are put together.
"""

from collections.abc import Sequence

from torch import nn


class MLP(nn.Sequential):
    """A multilayer perceptron: the input as one long vector, then linear layers with ReLU between them. Unit 01.

    Parameters
    ----------
    in_features : int
        Numbers in one input, whatever its shape: 3 * 32 * 32 for a colour picture of 32x32 pixels.
    hidden : sequence of int
        Units of each hidden layer; empty for a linear classifier.
    out_features : int
        Numbers that come out: one a class.

    Input (B, ...) with in_features numbers a row, output (B, out_features).

    Raises
    ------
    ValueError
        If a size is below 1.
    """

    def __init__(self, in_features: int, hidden: Sequence[int], out_features: int):
        sizes = [in_features, *hidden, out_features]
        if min(sizes) < 1:
            raise ValueError(f"the layers have {sizes} units: expected at least 1 in each")
        layers = [nn.Flatten()]
        for inputs, outputs in zip(sizes, sizes[1:], strict=False):
            layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        super().__init__(*layers[:-1])
