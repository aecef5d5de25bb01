"""The networks that the lectures build, each named after the unit that does, and the famous ones of unit 06, each from its paper's table.

Layers are those of torch.nn; what is here is how they are put together.
"""

from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn.functional import (
    adaptive_avg_pool2d,
    avg_pool2d,
    binary_cross_entropy_with_logits,
    cross_entropy,
    interpolate,
    max_pool2d,
    one_hot,
    relu,
    smooth_l1_loss,
)

from utils import boxes, masks


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


class TextCNN(nn.Module):
    """A convolution over the tokens of a sentence, ReLU, and the maximum over time; one linear layer. Unit 11.

    Parameters
    ----------
    table : torch.Tensor of shape (pieces, width)
        The vectors that the tokens start from, row 0 for padding.
    classes, filters, kernel_size : int
        Scores that come out; maps of the convolution; tokens that a filter reads, odd.
    frozen : bool
        Whether the table stays as it is: pretrained vectors; or is learned too.

    Input ids (B, T) int64, 0 where there is only padding, at least one other in a row; output (B, classes).

    Source: Y. Kim, Convolutional neural networks for sentence classification (2014).
    """

    def __init__(self, table: torch.Tensor, classes: int, filters: int = 128, kernel_size: int = 3, frozen: bool = False):
        super().__init__()
        # Rows of zeros for padding: beside a sentence's end the filters read zeros, as beside its beginning.
        table = torch.cat([torch.zeros_like(table[:1]), table[1:]])
        self.embedding = nn.Embedding.from_pretrained(table, freeze=frozen, padding_idx=0)
        self.conv = nn.Conv1d(table.shape[1], filters, kernel_size, padding=kernel_size // 2)
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(filters, classes)

    def maps(self, ids) -> torch.Tensor:
        """What each filter says at each token, (B, filters, T), 0 at padding."""
        x = self.embedding(ids).transpose(1, 2)  # tokens are the places, their numbers the channels
        return relu(self.conv(x)).masked_fill((ids == 0)[:, None], 0)

    def features(self, ids) -> torch.Tensor:
        """The largest number of each map, (B, filters)."""
        return self.maps(ids).amax(2)

    def forward(self, ids):
        ids = ids[:, (ids != 0).any(0)]  # columns that are padding in every sentence cost time and change nothing
        return self.fc(self.dropout(self.features(ids)))


# -------------------------------------------------------------------------------------------------------- LeNet-5, 1998

# Which of S2's 6 maps each of C3's 16 maps reads: table I of the paper.
LENET5_C3 = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5)),
    *((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5)),
)


class SubSampling(nn.Module):
    """LeNet-5's pooling: the sum of each 2 x 2 window, times one weight and plus one bias for each map, both learned. Unit 06.

    Input (B, channels, H, W), output (B, channels, H // 2, W // 2).
    """

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels, 1, 1), 0.25))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x):
        return 4 * avg_pool2d(x, 2) * self.weight + self.bias


class LeNet5(nn.Module):
    """LeNet-5 as it was published, for pictures of 32 x 32 pixels: 60,000 parameters for one channel and ten classes. Unit 06.

    A class's score is minus the squared distance of F6's 84 numbers from the class's code, a row of -1 and 1 that is not learned (radial basis
    functions). The paper draws its ten codes as small pictures of the digits, or takes them at random; here they are random, for any number
    of classes.

    Parameters
    ----------
    num_classes, in_channels : int

    Input (B, in_channels, 32, 32), output: scores (B, num_classes), the largest for the nearest code.

    Source: LeCun, Bottou, Bengio and Haffner, Gradient-Based Learning Applied to Document Recognition, 1998, section II.B.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 1):
        super().__init__()
        self.c1 = nn.Conv2d(in_channels, 6, 5)
        self.s2 = SubSampling(6)
        self.c3 = nn.ModuleList(nn.Conv2d(len(read), 1, 5) for read in LENET5_C3)
        self.s4 = SubSampling(16)
        self.c5 = nn.Conv2d(16, 120, 5)
        self.f6 = nn.Linear(120, 84)
        random = torch.Generator().manual_seed(1998)
        self.register_buffer("codes", 2.0 * torch.randint(2, (num_classes, 84), generator=random, device="cpu") - 1)

    def forward(self, x):
        x = self.squash(self.s2(self.c1(x)))
        x = torch.cat([conv(x[:, read]) for conv, read in zip(self.c3, LENET5_C3, strict=True)], 1)
        x = self.squash(self.s4(x))
        x = self.squash(self.c5(x)).flatten(1)
        x = self.squash(self.f6(x))
        return -(x[:, None] - self.codes).square().sum(2)

    def squash(self, x):
        """The paper's sigmoid, which takes 1 to 1 and -1 to -1."""
        return 1.7159 * torch.tanh(2 / 3 * x)


# ------------------------------------------------------------------------------------- AlexNet, 2012, and VGG, 2014

# Filters, kernel size, stride, padding, and whether 3 x 3 max pooling with stride 2 follows.
ALEXNET = ((64, 11, 4, 2, True), (192, 5, 1, 2, True), (384, 3, 1, 1, False), (256, 3, 1, 1, False), (256, 3, 1, 1, True))

# Filters of 3 x 3, or "M" for 2 x 2 max pooling: column D of table 1.
VGG16 = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M")


class AlexNet(nn.Module):
    """Five convolutions, three fully connected layers, ReLU and dropout: 61,100,840 parameters for ImageNet. Unit 06.

    These are the widths of the second paper, for one graphics card, and those of torchvision, whose names the weights have. The first paper
    has 96, 256, 384, 384 and 256 filters, of which some read only half of the maps (two cards), and normalises across maps.

    Parameters
    ----------
    table : sequence of (filters, kernel size, stride, padding, pooling follows)
    grid : int
        The last maps are averaged to grid x grid.
    hidden : int
        Units of the first two fully connected layers.

    Input (B, 3, H, W), for ImageNet 224 x 224; output: scores (B, num_classes).

    Source: Krizhevsky, Sutskever and Hinton, ImageNet Classification with Deep Convolutional Neural Networks, 2012;
    Krizhevsky, One Weird Trick for Parallelizing Convolutional Neural Networks, 2014.
    """

    def __init__(
        self, num_classes: int = 1000, table: Sequence = ALEXNET, grid: int = 6, hidden: int = 4096, dropout: float = 0.5
    ):
        super().__init__()
        layers, channels = [], 3
        for filters, kernel_size, stride, padding, pooled in table:
            layers += [nn.Conv2d(channels, filters, kernel_size, stride, padding), nn.ReLU(inplace=True)]
            layers += [nn.MaxPool2d(3, 2)] if pooled else []
            channels = filters
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(grid)
        self.classifier = nn.Sequential(
            *(nn.Dropout(dropout), nn.Linear(channels * grid * grid, hidden), nn.ReLU(inplace=True)),
            *(nn.Dropout(dropout), nn.Linear(hidden, hidden), nn.ReLU(inplace=True)),
            nn.Linear(hidden, num_classes),
        )
        start_like_he(self)

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class VGG(nn.Module):
    """Convolutions of 3 x 3 and nothing else before the fully connected layers: VGG-16 has 138,357,544 parameters. Unit 06.

    Parameters
    ----------
    table : sequence of int or "M"
        Filters of each convolution, and where the maps are halved.

    Other parameters, input and output: as `AlexNet`. The weights have torchvision's names.

    Source: Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014.
    """

    def __init__(self, num_classes: int = 1000, table: Sequence = VGG16, grid: int = 7, hidden: int = 4096, dropout: float = 0.5):
        super().__init__()
        layers, channels = [], 3
        for filters in table:
            if filters == "M":
                layers.append(nn.MaxPool2d(2))
                continue
            layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU(inplace=True)]
            channels = filters
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(grid)
        self.classifier = nn.Sequential(
            *(nn.Linear(channels * grid * grid, hidden), nn.ReLU(inplace=True), nn.Dropout(dropout)),
            *(nn.Linear(hidden, hidden), nn.ReLU(inplace=True), nn.Dropout(dropout)),
            nn.Linear(hidden, num_classes),
        )
        start_like_he(self)

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


# ------------------------------------------------------------------------------------------------------ GoogLeNet, 2014

# A block's filters: 1x1; 1x1 before 3x3, 3x3; 1x1 before 5x5, 5x5; 1x1 after pooling. Table 1 of the paper.
INCEPTION = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


class BasicConv2d(nn.Module):
    """A convolution and ReLU; between them batch norm, or else the convolution has a bias. Unit 06. Settings as nn.Conv2d."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 1, batch_norm: bool = True, **settings):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, bias=not batch_norm, **settings)
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001) if batch_norm else nn.Identity()

    def forward(self, x):
        return relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    """Four branches that look at the same maps with other kernels, and lay their maps behind each other. Unit 06.

    Parameters
    ----------
    ones, before_threes, threes, before_fives, fives, after_pooling : int
        Filters: of 1 x 1; of 1 x 1 before those of 3 x 3, and of 3 x 3; the same for 5 x 5; of 1 x 1 after 3 x 3 max pooling.
    large : int
        Kernel size of the third branch: 5, or 3 as in torchvision.

    Input (B, in_channels, H, W), output (B, ones + threes + fives + after_pooling, H, W).

    Source: Szegedy et al., Going Deeper with Convolutions, 2015, figure 2b.
    """

    def __init__(
        self,
        in_channels: int,
        ones: int,
        before_threes: int,
        threes: int,
        before_fives: int,
        fives: int,
        after_pooling: int,
        large: int = 5,
        batch_norm: bool = True,
    ):
        super().__init__()

        def conv(inputs, outputs, size=1):
            return BasicConv2d(inputs, outputs, size, batch_norm, padding=size // 2)

        self.branch1 = conv(in_channels, ones)
        self.branch2 = nn.Sequential(conv(in_channels, before_threes), conv(before_threes, threes, 3))
        self.branch3 = nn.Sequential(conv(in_channels, before_fives), conv(before_fives, fives, large))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), conv(in_channels, after_pooling))
        self.out_channels = ones + threes + fives + after_pooling

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class AuxiliaryHead(nn.Module):
    """A classifier on maps from the middle of GoogLeNet, for training alone. Input (B, in_channels, H, W), output (B, num_classes)."""

    def __init__(self, in_channels: int, num_classes: int, batch_norm: bool = True):
        super().__init__()
        self.conv = BasicConv2d(in_channels, 128, 1, batch_norm)
        self.fc1 = nn.Linear(128 * 4 * 4, 1024)
        self.dropout = nn.Dropout(0.7)
        self.fc2 = nn.Linear(1024, num_classes)

    def forward(self, x):
        x = self.conv(adaptive_avg_pool2d(x, 4)).flatten(1)
        return self.fc2(self.dropout(relu(self.fc1(x))))


class GoogLeNet(nn.Module):
    """Nine Inception blocks and one fully connected layer. Unit 06.

    Parameters
    ----------
    auxiliary : bool
        Whether there are the two classifiers in the middle, whose losses help in training: 13,004,888 parameters with them, 6,624,904 without.
    published : bool
        As in the paper: 5 x 5 kernels in the third branch, and biases instead of batch norm (6,998,552 parameters without auxiliary
        heads). Else as in torchvision, whose names the weights have: 3 x 3 there, and batch norm.

    Input (B, 3, H, W), for ImageNet 224 x 224. Output: scores (B, num_classes); in training with auxiliary heads three of them, (last, that after
    4d, that after 4a).

    Source: Szegedy et al., Going Deeper with Convolutions, 2015, table 1.
    """

    def __init__(self, num_classes: int = 1000, auxiliary: bool = True, published: bool = False):
        super().__init__()
        norm = not published
        self.conv1 = BasicConv2d(3, 64, 7, norm, stride=2, padding=3)
        self.conv2 = BasicConv2d(64, 64, 1, norm)
        self.conv3 = BasicConv2d(64, 192, 3, norm, padding=1)
        channels = 192
        for name, filters in INCEPTION.items():
            block = Inception(channels, *filters, 5 if published else 3, norm)
            self.add_module(f"inception{name}", block)
            channels = block.out_channels
        self.aux1 = AuxiliaryHead(512, num_classes, norm) if auxiliary else None
        self.aux2 = AuxiliaryHead(528, num_classes, norm) if auxiliary else None
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(channels, num_classes)
        start_like_he(self)

    def forward(self, x):
        heads = []
        x = max_pool2d(self.conv1(x), 3, 2, ceil_mode=True)
        x = max_pool2d(self.conv3(self.conv2(x)), 3, 2, ceil_mode=True)
        x = max_pool2d(self.inception3b(self.inception3a(x)), 3, 2, ceil_mode=True)
        x = self.inception4a(x)
        if self.training and self.aux1:
            heads.append(self.aux1(x))
        x = self.inception4d(self.inception4c(self.inception4b(x)))
        if self.training and self.aux2:
            heads.append(self.aux2(x))
        x = max_pool2d(self.inception4e(x), 2, 2, ceil_mode=True)
        x = self.inception5b(self.inception5a(x)).mean((2, 3))
        scores = self.fc(self.dropout(x))
        return (scores, *reversed(heads)) if heads else scores


# --------------------------------------------------------------------------------------------------------- ResNet, 2015


class BasicBlock(nn.Module):
    """relu(shortcut(x) + f(x)), where f is two convolutions of 3 x 3 with batch norm. Unit 06.

    The shortcut is x itself; where the shape changes, it is a 1 x 1 convolution with the same stride and batch norm (`downsample`).

    Input (B, in_channels, H, W), output (B, width, H / stride, W / stride), rounded up.

    Source: He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, 2016, figure 5 left.
    """

    expansion = 1

    def __init__(self, in_channels: int, width: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(in_channels, width, stride)

    def forward(self, x):
        out = relu(self.bn1(self.conv1(x)))
        return relu(self.bn2(self.conv2(out)) + self.downsample(x))


class Bottleneck(nn.Module):
    """As `BasicBlock`, but 1 x 1 to fewer maps, 3 x 3, and 1 x 1 to four times as many. Output (B, 4 * width, H / stride, W / stride). Unit 06.

    The stride is that of the 3 x 3 convolution, as in torchvision; in the paper it is that of the first 1 x 1. Source: as there, figure 5 right.
    """

    expansion = 4

    def __init__(self, in_channels: int, width: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = _shortcut(in_channels, 4 * width, stride)

    def forward(self, x):
        out = relu(self.bn1(self.conv1(x)))
        out = relu(self.bn2(self.conv2(out)))
        return relu(self.bn3(self.conv3(out)) + self.downsample(x))


class ResNet(nn.Module):
    """A residual network: ResNet(BasicBlock, (2, 2, 2, 2)) is ResNet-18, 11,689,512 parameters; ResNet(Bottleneck, (3, 4, 6, 3)) is ResNet-50, 25,557,032.

    Parameters
    ----------
    block : BasicBlock or Bottleneck
    counts : sequence of int
        Blocks in each stage. Each stage but the first begins by halving the maps.
    widths : sequence of int
        Channels of the 3 x 3 convolutions in each stage.
    small_images : bool
        Begin with a 3 x 3 convolution, without pooling, as the paper does for CIFAR-10; else with 7 x 7 and stride 2, and 3 x 3 max pooling.

    Input (B, 3, H, W), for ImageNet 224 x 224; output: scores (B, num_classes). The weights have torchvision's names. Unit 06.

    Source: He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, 2016, table 1.
    """

    def __init__(
        self,
        block: Callable,
        counts: Sequence[int],
        num_classes: int = 1000,
        widths: Sequence[int] = (64, 128, 256, 512),
        small_images: bool = False,
    ):
        super().__init__()
        channels = widths[0]
        self.conv1 = nn.Conv2d(3, channels, *((3, 1, 1) if small_images else (7, 2, 3)), bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.maxpool = nn.Identity() if small_images else nn.MaxPool2d(3, 2, 1)
        self.stages = [f"layer{number}" for number in range(1, len(counts) + 1)]
        for name, count, width in zip(self.stages, counts, widths, strict=True):
            blocks = []
            for number in range(count):
                blocks.append(block(channels, width, stride=2 if number == 0 and name != "layer1" else 1))
                channels = width * block.expansion
            self.add_module(name, nn.Sequential(*blocks))
        self.fc = nn.Linear(channels, num_classes)
        start_like_he(self)

    def forward(self, x):
        x = self.maxpool(relu(self.bn1(self.conv1(x))))
        for name in self.stages:
            x = getattr(self, name)(x)
        return self.fc(x.mean((2, 3)))


def _shortcut(in_channels: int, out_channels: int, stride: int):
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels))


def start_like_he(model) -> None:
    """Draw the weights before ReLU anew so that maps neither grow nor shrink from layer to layer: variance 2 / fan-in, and biases 0. Unit 05.

    Source: He, Zhang, Ren and Sun, Delving Deep into Rectifiers, 2015.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


# ------------------------------------------------------------------------------- the same ideas for pictures of 32 x 32


def _small_googlenet(num_classes: int):
    first, second = Inception(32, 16, 16, 24, 4, 8, 8), Inception(56, 24, 24, 32, 6, 12, 12)
    third, fourth = Inception(80, 32, 32, 48, 8, 16, 16), Inception(112, 40, 40, 64, 8, 24, 16)
    return nn.Sequential(
        *(BasicConv2d(3, 16, 3, padding=1), BasicConv2d(16, 32, 3, padding=1), nn.MaxPool2d(2)),
        *(first, second, nn.MaxPool2d(2), third, fourth),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(fourth.out_channels, num_classes)),
    )


_SMALL_ALEXNET = ((16, 5, 1, 2, True), (32, 5, 1, 2, True), (48, 3, 1, 1, False), (32, 3, 1, 1, False), (32, 3, 1, 1, True))
_SMALL_VGG = (16, 16, "M", 32, 32, "M", 48, 48, "M")

SMALL = {
    "lenet5": lambda classes: LeNet5(classes, in_channels=3),
    "alexnet": lambda classes: AlexNet(classes, _SMALL_ALEXNET, grid=3, hidden=64, dropout=0.1),
    "vgg": lambda classes: VGG(classes, _SMALL_VGG, grid=2, hidden=64, dropout=0.1),
    "googlenet": _small_googlenet,
    "resnet": lambda classes: ResNet(BasicBlock, (1, 1, 1), classes, widths=(16, 32, 64), small_images=True),
}


def small(name: str, num_classes: int):
    """One of the five at the scale of this course, for colour pictures of 32 x 32 pixels: the same blocks, fewer and narrower. Unit 06.

    Parameters
    ----------
    name : str
        "lenet5", "alexnet", "vgg", "googlenet" or "resnet".

    Raises
    ------
    ValueError
        For another name.
    """
    if name not in SMALL:
        raise ValueError(f"there is no small {name!r}; choose one of {', '.join(SMALL)}")
    return SMALL[name](num_classes)


def cost(model, shape: Sequence[int]) -> dict[str, int]:
    """What a network costs for one picture: numbers that do not depend on the machine. Unit 06.

    Parameters
    ----------
    model : torch.nn.Module
        On any device, "meta" included. It is run once, in evaluation mode, on zeros.
    shape : (channels, height, width)

    Returns
    -------
    dict: "parameters"; "multiply_adds" of convolutions and linear layers, half of what torch's counter of operations counts; "activations",
    the numbers of the picture and its maps that autograd keeps for backward

    Source of the counter: torch.utils.flop_counter.
    """
    from torch.autograd.graph import saved_tensors_hooks
    from torch.utils.flop_counter import FlopCounterMode

    own = {tensor.untyped_storage()._cdata for tensor in (*model.parameters(), *model.buffers())}
    kept = {}

    def keep(tensor):
        if tensor.dim() > 1 and tensor.untyped_storage()._cdata not in own:  # batch norm keeps a few numbers beside the maps
            kept[tensor.untyped_storage()._cdata] = tensor
        return tensor

    was_training, counter = model.training, FlopCounterMode(display=False)
    with torch.enable_grad(), saved_tensors_hooks(keep, lambda tensor: tensor), counter:
        model.eval()(torch.zeros(1, *shape, device=next(model.parameters()).device))
    model.train(was_training)
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "multiply_adds": counter.get_total_flops() // 2,
        "activations": sum(tensor.numel() for tensor in kept.values()),
    }


# ---------------------------------------------------------------------------------------------------- a detector, unit 08


class Detector(nn.Module):
    """A single-stage detector: every cell of a grid says whether an animal has its centre there, which one, and its box. Unit 08.

    The stages of `SmallResNet`, then one 1 x 1 convolution: a fully connected layer that is applied at each place, so that pictures of any size
    go in. A cell gives one box at most.

    Parameters
    ----------
    num_classes : int
    widths : sequence of int
        As `SmallResNet` takes them; with n stages a cell is `stride` = 2**n pixels wide.

    Input: images (B, 3, height, width), float in [0, 1]. Output (B, 5 + num_classes, height / stride, width / stride), rounded down: the logit that
    a cell is responsible for an animal, four offsets of its box as `boxes.encode` has them, and the logits of the classes.

    Source: in the spirit of J. Redmon and others, You only look once, 2016.
    """

    def __init__(self, num_classes: int, widths: Sequence[int] = (8, 16, 32, 64)):
        super().__init__()
        self.backbone = SmallResNet(num_classes, widths)
        del self.backbone.fc  # the head below takes its place
        self.head = nn.Conv2d(widths[-1], 5 + num_classes, 1)
        self.num_classes, self.stride = num_classes, 2 ** (len(widths) - 1)
        nn.init.constant_(self.head.bias[:1], -3.0)  # at first: an animal in one cell of twenty

    def forward(self, images) -> torch.Tensor:
        return self.head(self.backbone.maps(images)[-1])

    @torch.no_grad()
    def detect(self, images, *, least_score: float = 0.05, overlap: float = 0.5) -> list[dict[str, torch.Tensor]]:
        """The animals found in each picture.

        Parameters
        ----------
        images : torch.Tensor, shape (B, 3, height, width)
        least_score : float
            Boxes with a lower score are dropped. The score is the probability that there is an animal, times that of its likeliest class.
        overlap : float
            Intersection over union from which on two boxes of a class are taken for the same animal (`boxes.nms`).

        Returns
        -------
        list of dict, one a picture: boxes (n, 4) in pixels, scores (n,), labels (n,), from the highest score down
        """
        outputs = self(images)
        found = boxes.decode(outputs[:, 1:5], self.stride)
        scores, labels = outputs[:, 5:].softmax(1).flatten(2).max(1)
        scores = scores * outputs[:, 0].sigmoid().flatten(1)
        detections = []
        for picture in zip(found, scores, labels, strict=True):
            box, score, label = (values[picture[1] >= least_score] for values in picture)
            kept = boxes.nms(box, score, label, overlap)
            detections.append({"boxes": box[kept], "scores": score[kept], "labels": label[kept]})
        return detections


def detection_loss(outputs, targets) -> torch.Tensor:
    """What a detector's outputs cost: is there an animal (all cells), where and which one (the cells that are responsible).

    Parameters
    ----------
    outputs : torch.Tensor, shape (B, 5 + num_classes, rows, columns)
        As `Detector` gives them.
    targets : dict
        As `boxes.encode` gives it.

    Returns
    -------
    scalar: binary cross-entropy, smooth L1 distance of the offsets and cross-entropy, each a sum divided by the number of animals
    """
    there = targets["labels"] >= 0
    animals = max(int(there.sum()), 1)
    cells = outputs.movedim(1, -1)[there]  # (animals, 5 + num_classes)
    presence = binary_cross_entropy_with_logits(outputs[:, 0], there.float(), reduction="sum")
    place = smooth_l1_loss(cells[:, 1:5], targets["offsets"].movedim(1, -1)[there], reduction="sum", beta=0.1)
    kind = cross_entropy(cells[:, 5:], targets["labels"][there], reduction="sum")
    return (presence + place + kind) / animals


# --------------------------------------------------------------------------------------------------- a segmenter, unit 09


class UpStage(nn.Module):
    """One step of a decoder: maps twice as high and wide, the encoder's maps of that size behind them, and two 3 x 3 convolutions. Unit 09.

    Parameters
    ----------
    in_channels, skip_channels, out_channels : int
        skip_channels = 0: the encoder's maps are not used, but for their size.
    up : str
        How the maps grow: "transposed", a transposed convolution of 2 x 2 with stride 2, as in the paper; or "nearest" or "bilinear",
        `interpolate` in that mode and a 1 x 1 convolution.

    Input (B, in_channels, h, w) and the skip (B, any, H, W), H = 2 * h or 2 * h + 1 and so on; output (B, out_channels, H, W).

    Source: O. Ronneberger and others, U-Net, 2015.
    """

    def __init__(self, in_channels: int, skip_channels: int, out_channels: int, up: str = "transposed"):
        super().__init__()
        self.mode, self.skips = up, skip_channels > 0
        if up == "transposed":
            self.up = nn.ConvTranspose2d(in_channels, out_channels, 2, 2)
        else:
            self.up = nn.Conv2d(in_channels, out_channels, 1)
        self.conv1 = nn.Conv2d(out_channels + skip_channels, out_channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)

    def forward(self, x, skip):
        if self.mode == "transposed":
            x = self.up(x, output_size=skip.shape[2:])
        else:
            x = interpolate(self.up(x), skip.shape[2:], mode=self.mode)  # the 1 x 1 first: it costs a quarter there
        if self.skips:
            x = torch.cat([x, skip], 1)
        x = relu(self.bn1(self.conv1(x)))
        return relu(self.bn2(self.conv2(x)))


class UNet(nn.Module):
    """An encoder that halves the maps, a decoder that doubles them, and at each size a skip from one to the other: scores for every pixel. Unit 09.

    The encoder is that of `SmallResNet`; the decoder goes the same widths back, but never below `least`.

    Parameters
    ----------
    out_channels : int
        Numbers for every pixel, such as scores of classes.
    widths : sequence of int
        As `SmallResNet` takes them.
    skips : bool
        False leaves the skips away, all else being the same.
    up : str
        As `UpStage` takes it.
    least : int
        Maps that the decoder has at every size: the last ones hold all that is said of a pixel.

    Input: images (B, 3, H, W), float in [0, 1], at least 2**stages pixels high and wide. Output (B, out_channels, H, W).

    Source: O. Ronneberger, P. Fischer and T. Brox, U-Net: Convolutional Networks for Biomedical Image Segmentation, 2015.
    """

    def __init__(
        self,
        out_channels: int,
        widths: Sequence[int] = (8, 16, 32, 64),
        *,
        skips: bool = True,
        up: str = "transposed",
        least: int = 16,
    ):
        super().__init__()
        self.encoder = SmallResNet(1, widths)
        del self.encoder.fc  # the decoder takes its place
        back = [widths[-1], *(max(width, least) for width in widths[-2::-1])]
        self.decoder = nn.ModuleList(
            UpStage(deep, skip if skips else 0, fine, up)
            for deep, skip, fine in zip(back[:-1], widths[-2::-1], back[1:], strict=True)
        )
        self.head = nn.Conv2d(back[-1], out_channels, 1)

    def forward(self, images) -> torch.Tensor:
        x, skips = self.encoder.stem(images), []
        for stage in self.encoder.stages:
            skips.append(x)
            x = stage(x)
        for step in self.decoder:
            x = step(x, skips.pop())
        return self.head(x)


class Segmenter(nn.Module):
    """Says of every pixel which class it is, how likely a thing has its centre there, and where the centre of the pixel's own thing is. Unit 09.

    Parameters
    ----------
    num_classes : int
        Without the background.
    widths : sequence of int
        As `UNet` takes them.

    Input: images (B, 3, H, W), float in [0, 1]. Output (B, num_classes + 4, H, W): logits of the background and of the classes, the logit of a
    centre, and two offsets in pixels as `masks.encode` has them.

    Source: B. Cheng and others, Panoptic-DeepLab, 2020, in small.
    """

    def __init__(self, num_classes: int, widths: Sequence[int] = (8, 16, 32, 64)):
        super().__init__()
        self.unet = UNet(num_classes + 4, widths, least=24)
        self.num_classes = num_classes
        nn.init.constant_(self.unet.head.bias[-3:-2], -3.0)  # at first: a centre at one pixel of twenty

    def forward(self, images) -> torch.Tensor:
        outputs = self.unet(images)
        return torch.cat(
            [outputs[:, :-2], 8 * outputs[:, -2:]], 1
        )  # an animal reaches some 8 pixels: the head's numbers are about 1

    @torch.no_grad()
    def segment(self, images, *, least: float = 0.2, mirror: bool = False) -> list[dict[str, torch.Tensor]]:
        """What is where in each picture, pixel by pixel.

        Parameters
        ----------
        images : torch.Tensor, shape (B, 3, H, W)
        least : float
            A lower probability of a centre makes no instance.
        mirror : bool
            Look at the mirrored pictures too, and go by the mean of both; in twice the time.

        Returns
        -------
        list of dict, one a picture: semantic (H, W) int64, 0 the background, k + 1 class k; and the instances, from the surest centre down: masks
        (n, H, W) bool, scores (n,), labels (n,). A score is the probability of the centre times that of the label, which is the likeliest
        class by the mean over the mask's pixels.
        """
        outputs, found = self(images), []
        if mirror:
            again = self(images.flip(3)).flip(3)
            again[:, -2] *= -1  # there, right was left
            outputs = (outputs + again) / 2
        probabilities, centres = unweighted(outputs[:, :-3]).softmax(1), outputs[:, -3].sigmoid()
        for probability, centre, offsets in zip(probabilities, centres, outputs[:, -2:], strict=True):
            instances, scores = masks.group(centre, offsets, probability[0] < 0.5, least=least)
            mean = torch.einsum("chw,nhw->nc", probability[1:], instances.float()) / instances.flatten(1).sum(1)[:, None]
            certain, labels = mean.max(1)
            found.append({"semantic": probability.argmax(0), "masks": instances, "scores": scores * certain, "labels": labels})
        return found


def segmentation_targets(scenes: dict) -> dict[str, torch.Tensor]:
    """What a segmenter is to say of a `savanna.batch`: semantic (B, S, S) int64, and what `masks.encode` makes of the instances."""
    return {"semantic": scenes["semantic"].long(), **masks.encode(scenes["instances"], scenes["labels"].shape[1])}


def class_weights(num_classes: int) -> torch.Tensor:
    """What a pixel counts in `segmentation_loss`, by its class: 1 for the background, 4 for each of the classes, (num_classes + 1,)."""
    return torch.tensor([1.0] + [4.0] * num_classes)


def unweighted(logits):
    """Logits of the classes (B, num_classes + 1, H, W) as if no pixel had counted more: what counts more is said too often, by the logarithm of its weight."""
    return logits - class_weights(logits.shape[1] - 1).log()[:, None, None]


def segmentation_loss(outputs, targets) -> torch.Tensor:
    """What a segmenter's outputs cost: which class, where a centre is, and where the centre of an animal's pixel is.

    Parameters
    ----------
    outputs : torch.Tensor, shape (B, num_classes + 4, H, W)
        As `Segmenter` gives them.
    targets : dict
        As `segmentation_targets` gives it.

    Returns
    -------
    scalar: cross-entropy with `class_weights`; `dice_loss` of the probabilities; binary cross-entropy of the centres, and smooth L1 distance of
        the offsets, both means
    """
    kind = cross_entropy(outputs[:, :-3], targets["semantic"], class_weights(outputs.shape[1] - 4))
    overlap = dice_loss(unweighted(outputs[:, :-3]), targets["semantic"])
    centre = binary_cross_entropy_with_logits(outputs[:, -3], targets["centres"])
    animal = targets["semantic"] > 0
    distance = smooth_l1_loss(outputs[:, -2:], targets["offsets"], reduction="none").sum(1)
    return kind + overlap + 5 * centre + 0.05 * (distance * animal).sum() / animal.sum().clamp(min=1)


def dice_loss(logits, labels, smooth: float = 1.0) -> torch.Tensor:
    """1 minus the mean Dice coefficient of the classes, with probabilities in place of decisions: every class weighs the same, however rare. Unit 09.

    Parameters
    ----------
    logits : torch.Tensor, shape (B, C, H, W)
    labels : torch.Tensor, shape (B, H, W), int64, from 0 to C - 1
    smooth : float
        Pixels added above and below, so that a class that is not there and not predicted costs nothing.

    Source: F. Milletari, N. Navab and S.-A. Ahmadi, V-Net, 2016.
    """
    probabilities = logits.softmax(1)
    there = one_hot(labels, logits.shape[1]).movedim(-1, 1).to(probabilities)
    both, sizes = (probabilities * there).sum((0, 2, 3)), (probabilities + there).sum((0, 2, 3))
    return 1 - ((2 * both + smooth) / (sizes + smooth)).mean()


def focal_loss(logits, labels, gamma: float = 2.0) -> torch.Tensor:
    """Cross-entropy, but a pixel counts (1 - p) ** gamma, p the probability of its true class: what is easy already counts little. Unit 09.

    Parameters
    ----------
    logits : torch.Tensor, shape (B, C, H, W)
    labels : torch.Tensor, shape (B, H, W), int64
    gamma : float, at least 0
        0: cross-entropy.

    Source: T.-Y. Lin and others, Focal Loss for Dense Object Detection, 2017.
    """
    costs = cross_entropy(logits, labels, reduction="none")
    return ((1 - (-costs).exp()) ** gamma * costs).mean()
