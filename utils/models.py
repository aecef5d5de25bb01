"""The networks that the lectures build, each named after the unit that does.

Layers are those of torch.nn; what is here is how they are put together.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import relu


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


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions that learn what to add to their input: relu(x + f(x)). Shape and channels stay.

    The block begins as the identity, since the last batch norm starts at zero.

    Source: He et al., Deep Residual Learning for Image Recognition, 2016; start at zero: Goyal et al., 2017.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        nn.init.zeros_(self.bn2.weight)

    def forward(self, x):
        return relu(x + self.bn2(self.conv2(relu(self.bn1(self.conv1(x))))))


class SmallResNet(nn.Module):
    """A residual network that trains on a laptop: the course's backbone, with a linear head.

    A 3 x 3 convolution, then stages that each halve the picture (3 x 3 convolution, 2 x 2 max pooling, batch norm, ReLU, residual block), then
    the mean over all places and a linear layer. Pooling comes before batch norm, which then has a quarter of the work.

    Parameters
    ----------
    num_classes : int
        Outputs of the head `fc`; for another task give the model another head: model.fc = nn.Linear(model.num_features, 12).
    widths : sequence of int
        Channels after the first convolution and after each stage.
    in_channels : int
        Channels of the images, 3 for colour.

    Input: images (N, in_channels, height, width), float in [0, 1], at least 2**stages pixels high and wide, 8 for three stages.
    Output: scores (N, num_classes).

    Raises
    ------
    ValueError
        For fewer than two widths.

    Source: in the spirit of David Page's ResNet-9, How to Train Your ResNet, 2018.
    """

    def __init__(self, num_classes: int, widths: Sequence[int] = (16, 32, 64, 128), in_channels: int = 3):
        if len(widths) < 2:
            raise ValueError(f"widths={widths}: expected the channels after the first convolution and after at least one stage")
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, widths[0], 3, padding=1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU(inplace=True)
        )
        self.stages = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(before, after, 3, padding=1, bias=False),
                nn.MaxPool2d(2),
                nn.BatchNorm2d(after),
                nn.ReLU(inplace=True),
                ResidualBlock(after),
            )
            for before, after in zip(widths[:-1], widths[1:], strict=True)
        )
        self.num_features = widths[-1]
        self.fc = nn.Linear(self.num_features, num_classes)

    def maps(self, images) -> list[torch.Tensor]:
        """What each stage makes of images (N, C, H, W): maps (N, widths[i], H / 2**i, W / 2**i) for stages i = 1, 2, ..., rounded down."""
        x, maps = self.stem(images), []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps

    def features(self, images) -> torch.Tensor:
        """A vector for each image, (N, num_features): the means of the last maps. What the head sees, and what transfers."""
        return self.maps(images)[-1].mean((2, 3))

    def forward(self, images) -> torch.Tensor:
        return self.fc(self.features(images))


class CNN(nn.Module):
    """Two convolutions with ReLU and max-pooling, two fully connected layers. Unit 05.

    Parameters
    ----------
    height, width : int
        Of the pictures, in pixels; at least 16.
    classes : int
        Scores that come out.
    channels : int
        Of the pictures: 3 for colour.
    hidden : int
        Units of the first fully connected layer.

    Input (B, channels, height, width), output (B, classes).

    Raises
    ------
    ValueError
        If nothing is left of a picture of that size.
    """

    def __init__(self, height: int = 32, width: int = 32, classes: int = 10, channels: int = 3, hidden: int = 120):
        super().__init__()
        left = [((side - 4) // 2 - 4) // 2 for side in (height, width)]
        if min(left) < 1:
            raise ValueError(f"nothing is left of a picture of {height} x {width} pixels: both sides need at least 16")
        self.conv1 = nn.Conv2d(channels, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.mp = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(16 * left[0] * left[1], hidden)
        self.fc2 = nn.Linear(hidden, classes)

    def forward(self, x):
        out = self.mp(relu(self.conv1(x)))
        out = self.mp(relu(self.conv2(out)))
        out = out.view(len(x), -1)
        return self.fc2(relu(self.fc1(out)))
