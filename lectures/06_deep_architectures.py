# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 06 · Deep architectures

# %% [markdown] slideshow={"slide_type": "-"} tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/lectures/06_deep_architectures.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/lectures/06_deep_architectures.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/lectures/06_deep_architectures.py)
#
# about 75 minutes to read and try · runs in 54 s with 1160 MB of memory

# %% [markdown] slideshow={"slide_type": "subslide"}
# **You will be able to**
#
# - read an architecture's table, build the network from it, and count its parameters and multiply-adds to the
#   last one;
# - say how many pixels a neuron sees, by a formula and by a gradient, and how many of them matter;
# - explain what LeNet-5, AlexNet, VGG, GoogLeNet and ResNet each added, and what it cost;
# - predict what skip connections and batch norm do to the gradient of a deep network, alone and together;
# - choose an architecture by what it costs, and look at what a trained one looks at.
#
# **You need** units 03 to 05: the size of a map, pooling, batch norm, and the training loop.

# %% slideshow={"slide_type": "skip"} tags=["setup"]
# On Colab this installs the course. Where the course is installed, it does nothing.
try:
    from utils import claims
except ImportError:
    import subprocess, sys
    course = "dl4cv @ git+https://github.com/YOUR_ORGANISATION/dl4cv@main"
    print("Installing the course: this takes about a minute.")
    if subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", course]).returncode:
        raise RuntimeError("the course could not be installed: see pip's message above, and check the connection")
    sys.modules.pop("utils", None)

# %% slideshow={"slide_type": "skip"}
import inspect
import time

import torch
import torchvision
from IPython.display import Code
from torch import nn
from torch.nn.functional import avg_pool2d, conv2d, cross_entropy, relu, unfold

from utils import arithmetic, demos, models, plotting, pretrained, quiz, training, weights
from utils.claims import claim
from utils.datasets import digits, real, savanna

SEEDS = (0, 1, 2)
torch.manual_seed(6)
torch.set_num_threads(1);  # for networks as small as these, more threads only wait for each other

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How did a network of 1998 read digits?
#
# LeNet-5 read the amounts on bank cheques. Here it is, every layer of it. The names are the paper's: C for
# convolution, S for sub-sampling, F for fully connected.

# %% slideshow={"slide_type": "fragment"}
Code(inspect.getsource(models.LeNet5.__init__) + "\n" + inspect.getsource(models.LeNet5.forward), language="python")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Most of it you know. Three things have gone out of use:
#
# - **S2 and S4** add up each window, then multiply by a *learned* weight and add a *learned* bias, one of each
#   for a map.
# - **C3** is not wired fully: each of its maps reads only some of S2's. It saved work, and it made the maps
#   differ from each other.
# - **The output** compares F6 with a fixed code of plus and minus ones for each class. The score is minus the
#   squared distance: a *radial basis function*. Nothing is learned there.

# %% slideshow={"slide_type": "fragment"}
wiring = torch.full((6, 16), float("nan"))
for column, read in enumerate(models.LENET5_C3):
    wiring[list(read), column] = 1
plotting.table(wiring, {"map of S2": range(6)}, {"map of C3": range(16)}, "1: this map of C3 reads that map of S2")

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "Ten of C3's sixteen maps read 4 or 6 of S2's maps, six read 3. The kernels are 5x5. How many parameters has C3?",
    "right": {1516: "Yes: 6·3 + 9·4 + 1·6 = 60 kernels of 25 weights, and 16 biases."},
    "wrong": {
        2416: "That is C3 wired fully: 16 · 6 · 25 + 16. Count the ones in the table instead.",
        1500: "Those are the weights. Each of the 16 maps has a bias too.",
        416: "Each map has one kernel for each map that it reads, not one in all.",
    },
    "otherwise": "Count the ones in the table: each is a kernel of 25 weights. Then one bias a map.",
}])

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
lenet = models.LeNet5()
counts = {name: training.count_parameters(layer) for name, layer in lenet.named_children()}
print(counts)
total = training.count_parameters(lenet)
connections = [counts["c1"] * 28 * 28, 5 * 6 * 14 * 14, counts["c3"] * 10 * 10, 5 * 16 * 5 * 5, counts["c5"], counts["f6"], 84 * 10]
claim(f"LeNet-5 has {total:,} parameters to learn, as its paper says", total == sum(counts.values()) == 60_000)
claim(f"C3 has {counts['c3']:,} of them, wired fully it would have {16 * 6 * 25 + 16:,}", counts["c3"] == 60 * 25 + 16 == 1516)
claim(f"the paper's {sum(connections):,} connections come out too", sum(connections) == 340_908)
claim(f"C5 alone has {counts['c5'] / total:.0%} of the parameters", round(counts["c5"] / total, 2) == 0.80)

# %% [markdown] slideshow={"slide_type": "fragment"}
# 60,000 to the last one, and 340,908 connections: each weight of a convolution is used at many places. Note
# where the parameters sit: 80 % are in C5, the layer that sees everything.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What was new in 2012?
#
# AlexNet won ImageNet's contest by a wide margin: more than a million photographs to learn from, in 1,000
# classes. Its plan is LeNet's, made larger, with ReLU for the sigmoid, maximum for the sum, dropout, and two
# graphics cards. A table says it all:

# %% slideshow={"slide_type": "fragment"}
print("filters, kernel, stride, padding, pooled")
for row in models.ALEXNET:
    print(*row, sep="\t")
Code(inspect.getsource(models.AlexNet.__init__), language="python")

# %% [markdown] slideshow={"slide_type": "subslide"}
# A network of that size need not fill your memory to be counted. On the device `meta`, tensors have a shape and
# no numbers. `models.cost` sends a picture of zeros through it, and counts.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
with torch.device("meta"):
    alexnet = models.AlexNet()
    theirs = torchvision.models.alexnet()
ours = {key: value.shape for key, value in alexnet.state_dict().items()}
categories = torchvision.models.AlexNet_Weights.DEFAULT.meta["categories"]
claim(f"ImageNet's contest has {len(categories):,} classes", len(categories) == alexnet.classifier[-1].out_features == 1000)
claim(f"AlexNet has {training.count_parameters(alexnet):,} parameters", training.count_parameters(alexnet) == 61_100_840)
claim("its weights have torchvision's names and shapes",
      ours == {key: value.shape for key, value in theirs.state_dict().items()})

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "AlexNet has five convolutions and three fully connected layers. Where are its parameters, and where is its work?",
    "right": {
        "Parameters in the fully connected layers, work in the convolutions":
            "Yes: a weight of a convolution is used at every place, a weight of a fully connected layer once.",
    },
    "wrong": {
        "Both in the convolutions": "Count the weights between 256 · 6 · 6 numbers and 4096 units: they are 38 million.",
        "Both in the fully connected layers": "Each of their weights is multiplied once a picture. Those of conv1 are used at 55 · 55 places.",
        "Parameters in the convolutions, work in the fully connected layers": "The other way round: kernels are small and used at many places.",
    },
}])

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
convolutions = models.cost(alexnet.features, (3, 224, 224))
whole = models.cost(alexnet, (3, 224, 224))
first = alexnet.features[0]
by_hand = arithmetic.conv_multiplications(3, 64, 11, (55, 55))
parts = {key: convolutions[key] / whole[key] for key in ("parameters", "multiply_adds")}
claim(f"the convolutions have {parts['parameters']:.0%} of the parameters", round(parts["parameters"], 2) == 0.04)
claim(f"and do {parts['multiply_adds']:.0%} of the {whole['multiply_adds'] / 1e6:.0f} million multiply-adds",
      round(parts["multiply_adds"], 2) == 0.92)
claim("the counter and our arithmetic agree on the first layer",
      models.cost(first, (3, 224, 224))["multiply_adds"] == by_hand)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The convolutions hold 4 % of the parameters and do 92 % of the work. Remember it when somebody tells you how
# large a network is: large in memory and large in time are two different things.
#
# This is torchvision's AlexNet, from a second paper, for one card. The first one was split over two cards, and
# its layers 2, 4 and 5 read only the half that lay on their own card: `groups=2`.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
two_cards = [(3, 96, 11, 1), (96, 256, 5, 2), (256, 384, 3, 1), (384, 384, 3, 2), (384, 256, 3, 2)]
original = sum(arithmetic.conv_parameters(d, k, f, groups=g) for d, k, f, g in two_cards)
original += sum(i * o + o for i, o in [(9216, 4096), (4096, 4096), (4096, 1000)])
claim(f"split over 2 cards (in layers 2, 4 and 5), AlexNet has {original:,} parameters: the paper's 60 million",
      round(original / 1e6) == 61 and [g for *_, g in two_cards] == [1, 2, 1, 2, 2])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Why kernels of 3x3 and nothing else?
#
# AlexNet's kernels were 11x11, 5x5 and 3x3. VGG asks: why choose? Two layers of 3x3 see as far as one of 5x5,
# three as far as one of 7x7. With $C$ channels in and out, one layer of $F \times F$ has $F^2 C^2$ weights.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
three = {"kernel_size": 3}
claim("AlexNet's kernels are 11x11, 5x5 and 3x3", {size for _, size, *_ in models.ALEXNET} == {11, 5, 3})
claim("2 layers of 3x3 see 5 pixels, 3 layers see 7",
      [arithmetic.receptive_field([three] * n)[0] for n in (2, 3)] == [5, 7])
C = 64
one_of_7 = arithmetic.conv_parameters(C, C, 7, bias=False)
three_of_3 = 3 * arithmetic.conv_parameters(C, C, 3, bias=False)
claim(f"one layer of 7x7 has {one_of_7 // C**2} C² weights, three of 3x3 have {three_of_3 // C**2} C²",
      (one_of_7, three_of_3) == (49 * C**2, 27 * C**2))
claim(f"that is {1 - three_of_3 / one_of_7:.0%} less", round(1 - three_of_3 / one_of_7, 2) == 0.45)
with torch.device("meta"):
    vgg = models.VGG()
cost = models.cost(vgg, (3, 224, 224))
claim(f"VGG-16 has {cost['parameters']:,} parameters", cost["parameters"] == 138_357_544)
claim(f"and does {cost['multiply_adds'] / 1e9:.1f} billion multiply-adds, "
      f"{cost['multiply_adds'] / whole['multiply_adds']:.0f} times as many as AlexNet",
      round(cost["multiply_adds"] / whole["multiply_adds"]) == 22)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Three layers of 3x3 instead of one of 7x7: $27\,C^2$ weights instead of $49\,C^2$, 45 % less, and a ReLU after
# each. So the whole table of VGG-16 is one line, `M` for pooling:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
print(*models.VGG16)
claim("16 layers have weights: 13 convolutions and 3 fully connected", sum(f != "M" for f in models.VGG16) + 3 == 16)

# %% [markdown] slideshow={"slide_type": "fragment"}
# 16 layers with weights give it its name. It is simple, it is accurate, and with 138,357,544 parameters and
# 15.5 billion multiply-adds it is expensive: 22 times AlexNet's work.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How far does a neuron see?
#
# The pixels that a neuron depends on are its **receptive field**. Walk through the layers, and keep two
# numbers: the size $r$ of the field, and the **jump** $j$, how many pixels apart the fields of two neighbours
# stand. Before the first layer both are one. A layer with kernel $F$, dilation $D$ and stride $S$ reads $F$
# neighbours, and from the first to the last of them it is $D(F-1)$ jumps:
#
# $$r \leftarrow r + D(F-1)\,j \qquad\qquad j \leftarrow j\,S$$

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "A 3x3 convolution, 2x2 pooling with stride 2, and a 3x3 convolution. How many pixels wide is the receptive field?",
    "right": {8: "Yes: 1 → 3 → 4, and then the jump is 2: 4 + 2·2 = 8."},
    "wrong": {
        6: "You added 2, 1 and 2. After the pooling, neighbours stand 2 pixels apart.",
        7: "Pooling has a kernel too: it adds 1.",
        10: "The stride of the pooling counts for the layers after it, not for itself.",
        5: "That is without the pooling.",
    },
    "otherwise": "Keep two numbers: r = 1, j = 1; r = 3, j = 1; then the pooling.",
}])


# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
def windows(network):
    """Kernel size and stride of each convolution and pooling on the main path of a network."""
    first = lambda size: size if isinstance(size, int) else size[0]  # noqa: E731
    return [{"kernel_size": first(layer.kernel_size), "stride": first(layer.stride)}
            for name, layer in network.named_modules()
            if isinstance(layer, nn.Conv2d | nn.MaxPool2d) and "downsample" not in name]


with torch.device("meta"):
    resnet18 = models.ResNet(models.BasicBlock, (2, 2, 2, 2))
    resnet50 = models.ResNet(models.Bottleneck, (3, 4, 6, 3))
lenet_windows = [{"kernel_size": f, "stride": s} for f, s in [(5, 1), (2, 2), (5, 1), (2, 2), (5, 1)]]
fields = {"LeNet-5": arithmetic.receptive_field(lenet_windows)[0]}
for name, network in {"AlexNet": alexnet, "VGG-16": vgg, "ResNet-18": resnet18, "ResNet-50": resnet50}.items():
    fields[name] = arithmetic.receptive_field(windows(network))[0]
print(fields)
claim("conv 3x3, pool 2x2, conv 3x3 see 8 pixels",
      arithmetic.receptive_field([three, {"kernel_size": 2, "stride": 2}, three]) == (8, 2))
claim("LeNet-5's C5 sees 32 pixels: the whole picture", fields["LeNet-5"] == 32)
claim(f"AlexNet's last maps see {fields['AlexNet']} pixels, VGG-16's {fields['VGG-16']}, of 224",
      (fields["AlexNet"], fields["VGG-16"]) == (195, 212))
claim(f"ResNet-18's see {fields['ResNet-18']} and ResNet-50's {fields['ResNet-50']}: more than the picture has",
      224 < fields["ResNet-18"] == 435 and fields["ResNet-50"] == 427)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Each of them sees about the whole picture at its end: 32 of 32, 195 and 212 of 224, 435 and 427, which is more
# than there is. The deeper ResNet-50 sees no further than ResNet-18: many of its layers have kernels of a
# single pixel.
#
# Is the formula right? Ask autograd: a pixel belongs to the field if the output's derivative by it is not zero.

# %% slideshow={"slide_type": "subslide"}
torch.manual_seed(0)


def sensitivity(network, size, channels=3, pictures=2):
    """How strongly each pixel moves the output in the middle: |derivative|, added up over pictures and channels."""
    x = torch.randn(pictures, channels, size, size, requires_grad=True)
    maps = network(x)
    middle = maps.shape[-1] // 2
    gradient = torch.autograd.grad(maps[..., middle, middle].sum(), x)[0]
    return gradient.abs().sum((0, 1))


def extent(sensitive):
    """Height and width of the part of the picture that matters at all."""
    places = sensitive.nonzero()
    return tuple((places.max(0).values - places.min(0).values + 1).tolist())


measured = extent(sensitivity(models.AlexNet(hidden=1).features, 287))
claim(f"measured by gradient, AlexNet's field is {measured[0]} x {measured[1]} pixels, as by the formula",
      measured == (fields["AlexNet"],) * 2)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Do all pixels of the field matter alike?
#
# Not zero can be very little. Take stacks of 3x3 layers of random weights, with ReLU, and look at the
# derivatives themselves.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "From 5 to 20 layers of 3x3 the receptive field grows from 11 to 41 pixels. The part of it that matters most grows ...",
    "right": {
        "about 2 times": "Yes: only with the square root of the depth, like the spread of a sum of random steps.",
    },
    "wrong": {
        "about 4 times": "That is how the field itself grows. Look at how many paths lead to a pixel in the middle, and to one at the edge.",
        "not at all": "It does grow, but slower than the field.",
        "about 16 times": "More than the field itself? It lies within it.",
    },
}])

# %% slideshow={"slide_type": "subslide"}
torch.manual_seed(1)


def stack(depth, channels=12):
    layers = []
    for number in range(depth):
        layers += [nn.Conv2d(channels if number else 3, channels, 3, padding=1), nn.ReLU()]
    network = nn.Sequential(*layers)
    models.start_like_he(network)
    return network


def spread(sensitive):
    """Standard deviation of the place, in pixels, weighted by what is there."""
    weight = sensitive.sum(0) / sensitive.sum()
    place = torch.arange(len(weight), dtype=weight.dtype)
    return float(((place - weight @ place) ** 2 @ weight).sqrt())


depths = (5, 10, 20)
fields_by_depth = {depth: sensitivity(stack(depth), 45, pictures=24) for depth in depths}
plotting.images([field / field.max() for field in fields_by_depth.values()], [f"{depth} layers" for depth in depths])

# %% [markdown] slideshow={"slide_type": "fragment"}
# White is the most sensitive pixel, black none. The field of the last stack is 41 pixels wide, nearly the whole
# picture, and most of it is dark: from the middle many paths lead to the output, from the edge only one. What
# matters is called the **effective receptive field**.

# %% slideshow={"slide_type": "subslide"}
ratio = spread(fields_by_depth[20]) / spread(fields_by_depth[5])
claim("5 and 20 layers of 3x3 have fields of 11 and 41 pixels: 3.7 times as wide",
      [extent(fields_by_depth[d])[0] for d in (5, 20)] == [11, 41] and round(41 / 11, 1) == 3.7)
claim("the spread grows about 2 times only (between 1.5 and 2.7)", 1.5 < ratio < 2.7)
inner = fields_by_depth[20][12:33, 12:33].sum() / fields_by_depth[20].sum()
claim("with 20 layers, the middle half (21 of 41 pixels) of the field has more than 85 % of the sensitivity", inner > 0.85)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Four times the layers: a field 3.7 times as wide, but only about 2 times the spread. Strides and dilation
# widen both faster. Try it:

# %% slideshow={"slide_type": "fragment"}
demos.show("receptive_field")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which kernel size is right?
#
# GoogLeNet answers: all of them. Its **Inception block** sends the same maps through kernels of 1x1, 3x3 and
# 5x5 and through pooling, side by side, and lays the results behind each other. The next layer may choose.

# %% slideshow={"slide_type": "fragment"}
Code(inspect.getsource(models.Inception.forward), language="python")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Wide kernels on many channels are expensive. So a 1x1 convolution goes first and leaves fewer channels: a **bottleneck**.
# Block 3a has 192 maps of 28x28, and its third branch makes 32 maps with kernels of 5x5.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "192 maps of 28x28 → 32 maps by 5x5: 120 million multiply-adds. If 1x1 first makes 16 maps of the 192, how many millions are left in all?",
    "right": {12: "Yes: 28·28·192·16 = 2.4 million, and 28·28·16·25·32 = 10.0 million."},
    "wrong": {
        10: "That is the 5x5. The 1x1 costs something too.",
        60: "16 is a twelfth of 192, not a half.",
        120: "The 5x5 now reads 16 maps instead of 192.",
    },
    "otherwise": "Two layers: 28·28·192·16 and 28·28·16·25·32.",
}])

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
size = (28, 28)
direct = arithmetic.conv_multiplications(192, 32, 5, size)
narrowed = arithmetic.conv_multiplications(192, 16, 1, size) + arithmetic.conv_multiplications(16, 32, 5, size)
claim(f"5x5 from 192 to 32 maps of 28x28: {direct / 1e6:.0f} million multiply-adds", round(direct / 1e6) == 120)
claim(f"with 1x1 to 16 maps before it: {narrowed / 1e6:.1f} million, {direct / narrowed:.0f} times less",
      round(narrowed / 1e6, 1) == 12.4 and round(direct / narrowed) == 10)

# %% [markdown] slideshow={"slide_type": "fragment"}
# From 120 million down to 12.4: 10 times less. And at the end, where AlexNet and VGG have most of their
# parameters, GoogLeNet takes the mean of each map, and has one fully connected layer.

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
with torch.device("meta"):
    published = models.GoogLeNet(auxiliary=False, published=True)
    googlenet = models.GoogLeNet()
    theirs = torchvision.models.googlenet(init_weights=False)
    alone = models.GoogLeNet(auxiliary=False)
    blocks = {name: models.Inception(channels, *filters, batch_norm=False) for channels, (name, filters) in
              zip((192, 256, 480, 512, 512, 512, 528, 832, 832), models.INCEPTION.items())}
sides = dict(zip(models.INCEPTION, (28, 28, 14, 14, 14, 14, 14, 7, 7)))
inputs = {name: block.branch1.conv.in_channels for name, block in blocks.items()}
ops = {name: models.cost(block, (inputs[name], sides[name], sides[name]))["multiply_adds"] / 1e6 for name, block in blocks.items()}
table = dict(zip(models.INCEPTION, (128, 304, 73, 88, 100, 119, 170, 54, 71)))  # the paper's table 1, column "ops", in millions
print({name: (round(ops[name], 1), table[name]) for name in ops})
claim("of the paper's 9 blocks, 8 cost what its table says, to a million multiply-adds (5a is off by 3)",
      [name for name in ops if abs(ops[name] - table[name]) >= 1] == ["5a"] and round(table["5a"] - ops["5a"]) == 3)
count = training.count_parameters
claim(f"as published, GoogLeNet has {count(published):,} parameters, {count(alexnet) / count(published):.0f} times fewer than AlexNet",
      count(published) == 6_998_552 and round(count(alexnet) / count(published)) == 9)
claim(f"torchvision's has {count(googlenet):,}, of which {count(googlenet) - count(alone):,} are two auxiliary heads, for training alone",
      count(googlenet) == count(theirs) == 13_004_888 and count(alone) == 6_624_904)
claim("names and shapes of the weights are torchvision's",
      {k: v.shape for k, v in googlenet.state_dict().items()} == {k: v.shape for k, v in theirs.state_dict().items()})


# %% [markdown] slideshow={"slide_type": "fragment"}
# Beside each other: our count in millions, and the paper's. Published tables have misprints; one learns it by
# building them.
#
# Two networks bear this name. The published one has 6,998,552 parameters. Torchvision's has batch norm, which
# came a year later, and 3x3 kernels where the paper has 5x5: a slip that its authors kept, since trained
# weights depend on it. Its 13,004,888 parameters include two **auxiliary heads**: classifiers in the middle,
# whose losses bring gradient to the early layers. They are thrown away after training.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How cheap can a convolution become?
#
# A convolution does two things at once: it looks at neighbours, and it mixes channels. Do them one after the
# other: a **depthwise** convolution, one kernel for each channel (`groups`), then a 1x1 convolution across the
# channels. Together they are a **depthwise separable** convolution, the heart of MobileNet.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
def separable(in_channels, out_channels, kernel_size):
    return nn.Sequential(
        nn.Conv2d(in_channels, in_channels, kernel_size, padding="same", groups=in_channels, bias=False),
        nn.Conv2d(in_channels, out_channels, 1, bias=False),
    )


F, D1, K, side = 3, 128, 256, 28
plain = models.cost(nn.Conv2d(D1, K, F, padding=1, bias=False), (D1, side, side))["multiply_adds"]
apart = models.cost(separable(D1, K, F), (D1, side, side))["multiply_adds"]
claim(f"F=3, D1=128, K=256 on 28x28: {plain / 1e6:.0f} million multiply-adds, or {apart / 1e6:.1f} million",
      (round(plain / 1e6), round(apart / 1e6, 1)) == (231, 26.6))
claim(f"the ratio is 1/K + 1/F² = {apart / plain:.3f}", apart * K * F**2 == plain * (F**2 + K))

# %% [markdown] slideshow={"slide_type": "fragment"}
# On maps of 28x28, with $F=3$, $D_1=128$ and $K=256$: 231 million become 26.6 million. Divide the two costs,
# and everything cancels but
#
# $$\frac{F^2 D_1 + D_1 K}{F^2 D_1 K} = \frac{1}{K} + \frac{1}{F^2}$$
#
# Nearly a ninth for 3x3. What is lost: it is the most general layer no longer. Its kernels are products, one
# picture part and one channel part:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
layer = separable(4, 6, 3)
depthwise, pointwise = layer[0].weight, layer[1].weight
joint = pointwise * depthwise.transpose(0, 1)  # (6, 4, 1, 1) times (1, 4, 3, 3): an ordinary kernel
x = torch.randn(2, 4, 9, 9)
claim("a separable layer is an ordinary one whose kernels are products", torch.allclose(layer(x), conv2d(x, joint, padding=1), atol=1e-5))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is a vision transformer without convolution?
#
# Transformers for pictures begin by cutting the picture into **patches** without overlap, flattening each, and
# sending all through one linear layer: the **patch embedding**. Look again: the same weights at every place, in
# steps as long as the window. That is a convolution with stride = kernel size.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
patch, width = 8, 48
embed = nn.Conv2d(3, width, kernel_size=patch, stride=patch)
pictures = torch.rand(2, 3, 32, 32)
patches = unfold(pictures, patch, stride=patch).transpose(1, 2)  # (pictures, patches, 3 * 8 * 8)
tokens = patches @ embed.weight.flatten(1).T + embed.bias
by_convolution = embed(pictures).flatten(2).transpose(1, 2)
claim("a picture of 32x32 has 16 patches of 8x8, each of 192 numbers", tuple(patches.shape[1:]) == (16, 192))
claim("cut, flatten and multiply, or convolve: the same tokens", torch.allclose(tokens, by_convolution, atol=1e-5))


# %% [markdown] slideshow={"slide_type": "fragment"}
# 16 patches of 192 numbers, the same tokens either way. Where the two families part is what follows: attention
# between all patches instead of kernels between neighbours.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is deeper better?
#
# More layers can compute more. So take a tower of 3x3 layers with batch norm, and make it deeper. Here are two
# kinds: a **plain** one, where each layer takes the place of its input, and a **residual** one, where each
# layer *adds* to its input. They have the same parameters.

# %% slideshow={"slide_type": "fragment"}
class Tower(nn.Module):
    """Layers of ReLU, 3x3 convolution and, if wanted, batch norm; with skip connections they add to their input."""

    def __init__(self, depth, skip, norm, channels=8):
        super().__init__()
        self.skip = skip
        self.first = nn.Conv2d(1, channels, 3, padding=1)
        self.convs = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(depth))
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels) if norm else nn.Identity() for _ in range(depth))
        self.fc = nn.Linear(channels, 10)

    def maps(self, x):
        maps = [self.first(x)]
        for conv, norm in zip(self.convs, self.norms):
            out = norm(conv(relu(maps[-1])))
            maps.append(maps[-1] + out if self.skip else out)
        return maps

    def forward(self, x):
        return self.fc(relu(self.maps(x)[-1]).mean((2, 3)))


# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "Both towers are trained for the same few epochs, with 2, 8 and 24 layers. What happens to the loss on the TRAINING pictures of the plain one with 24 layers?",
    "right": {
        "It is higher than with 8 layers": "Yes: it could copy the 8 layers and do nothing in the rest, but training does not find that. This is not overfitting.",
    },
    "wrong": {
        "It is lower: it can compute more": "It can. But can training find it?",
        "It is the same": "Measure it.",
        "It is lower, and the test loss is higher": "That would be overfitting. Look at the training loss.",
    },
}])

# %% slideshow={"slide_type": "subslide"}
images, labels = digits.load("train")
images, labels = images[:960], labels[:960]


def training_loss(depth, skip, seed):
    """Mean loss over the last of three epochs on the digits."""
    torch.manual_seed(seed)
    tower = Tower(depth, skip, norm=True)
    batches = training.Batches(images, labels, 48, seed=seed)
    history = training.fit(tower, batches, epochs=3, optimizer=torch.optim.Adam(tower.parameters(), 3e-3), progress=False)
    return history["loss"][-1]


layers = (2, 8, 24)
losses = {name: torch.tensor([[training_loss(depth, skip, seed) for depth in layers] for seed in SEEDS])
          for name, skip in [("plain", False), ("residual", True)]}
plotting.curves(layers, losses, "layers", "training loss (nats)")

# %% slideshow={"slide_type": "subslide"}
plain, residual = losses["plain"].mean(0), losses["residual"].mean(0)
print("plain   ", [f"{loss:.2f}" for loss in plain], "spread", [f"{s:.2f}" for s in losses["plain"].std(0)])
print("residual", [f"{loss:.2f}" for loss in residual], "spread", [f"{s:.2f}" for s in losses["residual"].std(0)])
claim("the plain tower of 24 layers trains no better than that of 8 layers, mean of 3 seeds", plain[2] > plain[1] - 0.05)
claim("the residual tower of 24 layers trains better than that of 8, by more than 0.3", residual[2] < residual[1] - 0.3)
claim("with 24 layers the residual tower is better by more than 0.3", residual[2] < plain[2] - 0.3)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Lines are means of 3 seeds, bands from the least to the greatest. The plain tower of 24 layers learns its
# training pictures no better than that of 8: He and colleagues called it the **degradation problem**. With a
# skip connection a layer that has nothing to add can stay near zero, and more layers do little harm.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where does the gradient go?
#
# Why is a plain tower hard to train? Look at what arrives: the size of the loss's gradient at the maps of each
# layer, in a fresh network of 30 layers. Two switches, skip connections and batch norm, make four networks. **Write
# down your prediction for each of the four before you run the cell**: from the last layer back to the first,
# does the gradient vanish, explode, or stay?

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "PyTorch's usual initialisation, neither skip nor batch norm: from the last layer to the first the gradient ...",
    "right": {"vanishes": "Yes: the usual initialisation is too small for ReLU, each layer takes away a part, and 30 parts multiply."},
    "wrong": {
        "explodes": "The usual initialisation has a variance of 1/(3 fan-in); ReLU would need 2/fan-in.",
        "stays about the same": "Only if each layer had a factor of just 1. Thirty factors multiply.",
    },
}, {
    "question": "Batch norm alone, no skip: the maps keep their size on the way forward. Backward the gradient ...",
    "right": {"grows": "Yes: ReLU wastes a part of the variance in each layer, batch norm scales it up again, forward and backward."},
    "wrong": {
        "stays about the same": "Forward it does. Backward, batch norm multiplies by 1/σ, and after ReLU σ is small.",
        "vanishes": "Batch norm multiplies by 1/σ on the way back, and σ is below 1.",
    },
}])


# %% slideshow={"slide_type": "subslide"}
def gradient_flow(skip, norm, seed, depth=30):
    """Norm of the loss's gradient at the maps after each layer of a fresh tower."""
    torch.manual_seed(seed)
    tower = Tower(depth, skip, norm)
    maps = tower.maps(images[:64])
    loss = cross_entropy(tower.fc(relu(maps[-1]).mean((2, 3))), labels[:64])
    return [gradient.norm().item() for gradient in torch.autograd.grad(loss, maps[1:])]


four = {"neither": (False, False), "batch norm": (False, True), "skip": (True, False), "skip and batch norm": (True, True)}
flow = {name: torch.tensor([gradient_flow(*switches, seed) for seed in SEEDS]) for name, switches in four.items()}
plotting.curves(range(1, 31), flow, "layer", "norm of the gradient", log=True)

# %% slideshow={"slide_type": "fragment"}
change = {name: float((norms[:, 0] / norms[:, -1]).log10().mean()) for name, norms in flow.items()}
print({name: f"10^{power:.1f}" for name, power in change.items()}, "from layer 30 to layer 1")
claim("neither: from layer 30 to layer 1 the gradient falls to less than 1e-8 of its size", change["neither"] < -8)
claim("batch norm alone: it grows more than 20 times", 10 ** change["batch norm"] > 20)
claim("skip connections, with or without batch norm: over 30 layers it changes by less than 100 times",
      max(abs(change["skip"]), abs(change["skip and batch norm"])) < 2)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Each line is the mean of three seeds. With neither, nothing arrives: less than 1e-8 of what set out from layer
# 30 reaches layer 1. Batch norm alone keeps the maps alive, and lets the gradient grow more than 20 times: the
# first layers are torn about while the last ones hardly move. A skip connection is a road on which the gradient
# goes back unchanged: the derivative of $x + f(x)$ is $1 + f'(x)$, and the 1 passes through all layers.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How is a ResNet put together?
#
# A **basic block** is two convolutions of 3x3, each with batch norm, and a shortcut around them. Where a stage
# begins, the maps are halved and the channels doubled, so the input no longer fits: there the shortcut is a 1x1
# convolution with stride 2.

# %% slideshow={"slide_type": "fragment"}
Code(inspect.getsource(models.BasicBlock) + "\n" + inspect.getsource(models.ResNet.forward), language="python")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Stages of 2, 2, 2 and 2 blocks make ResNet-18. ResNet-50 has 3, 4, 6 and 3 **bottleneck blocks**: 1x1 to fewer
# channels, 3x3, and 1x1 to four times as many.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim(f"ResNet-18 has stages of 2, 2, 2, 2 blocks and {count(resnet18):,} parameters", count(resnet18) == 11_689_512)
claim(f"ResNet-50 has stages of 3, 4, 6, 3 blocks and {count(resnet50):,} parameters", count(resnet50) == 25_557_032)
project = resnet18.layer2[0].downsample[0]
claim("where a stage begins, the shortcut is a 1x1 convolution with stride 2",
      (project.kernel_size, project.stride) == ((1, 1), (2, 2)))
claim("18 = 8 blocks of 2 layers, conv1 and fc; 50 = 16 blocks of 3 layers, conv1 and fc", (8 * 2 + 2, 16 * 3 + 2) == (18, 50))
wide, narrow = (models.cost(block, (256, 56, 56))["multiply_adds"] for block in
                (models.BasicBlock(256, 256), models.Bottleneck(256, 64)))
claim(f"on 256 maps of 56x56 a basic block does {wide / 1e9:.1f} billion multiply-adds, "
      f"a bottleneck {narrow / 1e9:.2f}: {wide / narrow:.0f} times less",
      round(wide / narrow) == 17)

# %% [markdown] slideshow={"slide_type": "fragment"}
# 11,689,512 and 25,557,032: the published networks. The bottleneck makes the depth affordable: on 256 maps it
# does 17 times less than a basic block.
#
# Same names, same shapes: then torchvision's weights must give the same scores in our network. Take a ResNet-18
# of theirs, with whatever weights it has:

# %% slideshow={"slide_type": "subslide"}
theirs = torchvision.models.resnet18().eval()
mine = models.ResNet(models.BasicBlock, (2, 2, 2, 2)).eval()
mine.load_state_dict(theirs.state_dict())
photograph = torch.rand(1, 3, 224, 224)
with torch.no_grad():
    difference = (mine(photograph) - theirs(photograph)).abs().max()
claim("with torchvision's weights our ResNet-18 gives torchvision's scores, to 1e-5", difference < 1e-5)
del theirs, mine

# %% [markdown] slideshow={"slide_type": "fragment"}
# They agree to 1e-5. So `pretrained.imagenet("resnet18")` fetches trained weights, and `load_state_dict` puts
# them into a network that you understand line by line.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does accuracy cost?
#
# At full size, on ImageNet. The accuracies are those that torchvision publishes with its weights; parameters,
# multiply-adds and the numbers kept for backward are counted here, for one picture of 224x224.

# %% slideshow={"slide_type": "fragment"}
full = {"AlexNet": alexnet, "VGG-16": vgg, "GoogLeNet": alone, "ResNet-18": resnet18, "ResNet-50": resnet50}
published_as = {"AlexNet": "AlexNet", "VGG-16": "VGG16", "GoogLeNet": "GoogLeNet", "ResNet-18": "ResNet18", "ResNet-50": "ResNet50"}
meta = {name: torchvision.models.get_weight(f"{known}_Weights.IMAGENET1K_V1").meta for name, known in published_as.items()}
top1 = {name: facts["_metrics"]["ImageNet-1K"]["acc@1"] for name, facts in meta.items()}
costs = {name: models.cost(network, (3, 224, 224)) for name, network in full.items()}
columns = {"parameters (millions)": ("parameters", 1e6), "multiply-adds (billions)": ("multiply_adds", 1e9),
           "kept for backward (MB)": ("activations", 1e6 / 4)}  # a number takes 4 bytes
plotting.tradeoffs({label: [costs[n][key] / unit for n in full] for label, (key, unit) in columns.items()},
                   list(top1.values()), list(full), "ImageNet, top 1 (%)")

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
claim("for pictures of 224x224 and 1,000 classes, our counts of parameters are the published ones, all 5",
      all(costs[n]["parameters"] == meta[n]["num_params"] for n in full))
claim(f"VGG-16 reaches {top1['VGG-16']:.1f} %, ResNet-50 {top1['ResNet-50']:.1f} %", top1["ResNet-50"] > top1["VGG-16"])
fraction = costs["ResNet-50"]["multiply_adds"] / costs["VGG-16"]["multiply_adds"]
claim(f"ResNet-50 does {fraction:.0%} of VGG-16's work with {costs['ResNet-50']['parameters'] / costs['VGG-16']['parameters']:.0%} of its parameters",
      round(fraction, 2) == 0.26)
claim("but it keeps more for backward", costs["ResNet-50"]["activations"] > costs["VGG-16"]["activations"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# ResNet-50 beats VGG-16, 76.1 % to 71.6 %, with 26 % of the work and 18 % of the parameters. No free lunch: it
# keeps more maps for backward. Which network is small depends on the cost that hurts you.
#
# Now at our scale: the five ideas for pictures of 32x32, between 60 and 91 thousand parameters each. All were
# trained alike (`dl4cv pretrain lenet5 alexnet vgg googlenet resnet`): twenty of savanna's animals, the same
# scenes, optimizer and number of steps. One setting makes it photographs; then they are trained here.

# %% slideshow={"slide_type": "subslide"}
DATA = "savanna"  # or "cifar10": photographs, downloaded once; the five are then trained here, which takes a while
NAMES = {"lenet5": "LeNet-5", "alexnet": "AlexNet", "vgg": "VGG", "googlenet": "GoogLeNet", "resnet": "ResNet"}
ANIMALS = weights.facts("resnet")["classes"]


def animals(count, seed):
    """Scenes of the twenty animals, with everything that is known of them."""
    return savanna.batch(savanna.Recipe(size=32, animals=ANIMALS), count, seed=seed)


def photographs(split):
    pictures, targets = zip(*real.load("cifar10", split))
    return torch.stack(pictures), torch.tensor(targets)


def trained(name):
    """A small network and its weights: those that the course ships, or trained here on photographs."""
    if DATA == "savanna":
        return pretrained.small(name)
    torch.manual_seed(0)
    model = models.small(name, 10)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3)
    training.fit(model, training.Batches(*photographs("train"), 128, seed=0), epochs=10, optimizer=optimizer)
    return model


# %% slideshow={"slide_type": "subslide"}
fresh = animals(1000, seed=600)
tests = (fresh["images"] / 255, fresh["labels"][:, 0]) if DATA == "savanna" else photographs("test")
small = {name: trained(name) for name in NAMES}
small_costs, accuracy, milliseconds = {}, {}, {}
for name, network in small.items():
    small_costs[name] = models.cost(network, (3, 32, 32))
    start = time.process_time()
    accuracy[name] = training.evaluate(network, training.Batches(*tests, 100))["accuracy"]
    milliseconds[name] = 1000 * (time.process_time() - start) / len(tests[0])
    print(f"{NAMES[name]:10} {accuracy[name]:.1%}", {key: f"{value:,}" for key, value in small_costs[name].items()})

# %% slideshow={"slide_type": "fragment"}
columns = {"parameters (thousands)": ("parameters", 1e3), "multiply-adds (millions)": ("multiply_adds", 1e6),
           "kept for backward (MB)": ("activations", 1e6 / 4)}
panels = {label: [small_costs[n][key] / unit for n in small] for label, (key, unit) in columns.items()}
panels["CPU time (ms a picture)"] = list(milliseconds.values())
plotting.tradeoffs(panels, [100 * a for a in accuracy.values()], list(NAMES.values()), "accuracy (%)")

# %% slideshow={"slide_type": "subslide"}
thousands = sorted(costs["parameters"] / 1e3 for costs in small_costs.values())
claim(f"for pictures of 32x32 they have between {thousands[0]:.0f} and {thousands[-1]:.0f} thousand parameters",
      DATA != "savanna" or [round(thousands[0]), round(thousands[-1])] == [60, 91])
others = [value for name, value in accuracy.items() if name != "lenet5"]
claim("LeNet-5 is more than 20 percentage points behind each of the others", accuracy["lenet5"] + 0.2 < min(others))
claim("GoogLeNet and ResNet, with batch norm, are the 2 best", set(sorted(accuracy, key=accuracy.get)[-2:]) == {"googlenet", "resnet"})
claim("they do more than 1.4 times the work of VGG, and keep more than 2 times as much",
      all(small_costs[n]["multiply_adds"] > 1.4 * small_costs["vgg"]["multiply_adds"]
          and small_costs[n]["activations"] > 2 * small_costs["vgg"]["activations"] for n in ("googlenet", "resnet")))


# %% [markdown] slideshow={"slide_type": "fragment"}
# About the same number of parameters, and very different accuracies: LeNet-5 is more than 20 percentage points
# behind. What is bought is not bought with parameters but with work and memory: the 2 best keep more than 2
# times as much for backward as VGG. (One seed each, and one recipe for all: each could do better with its own.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What do the first filters look like?
#
# The first layer reads pixels, so its weights can be shown as pictures. Here are those of the course's CIFAR-10
# backbone, which was trained on photographs for a long time: 16 filters of 3x3 in colour, each stretched to the
# full range of brightness.

# %% slideshow={"slide_type": "fragment"}
def stretched(kernel):
    return (kernel - kernel.min()) / (kernel.max() - kernel.min())


def shown_filters(weight):
    return plotting.images([stretched(kernel) for kernel in weight], [""] * len(weight), height=0.75)


long_trained = pretrained.backbone("cifar10").stem[0].weight.detach()
shown_filters(long_trained)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Edges from dark to bright, edges from one colour to its opposite, and blobs: nobody asked for them, and
# AlexNet's paper shows the same (figure 3). And here are the 16 filters of 5x5 of our small AlexNet, which was
# trained for some minutes:

# %% slideshow={"slide_type": "subslide"}
short_trained = pretrained.small("alexnet").features[0].weight.detach()
shown_filters(short_trained)


# %% slideshow={"slide_type": "fragment"}
def agreement(weight):
    """How alike neighbouring weights are: 1 the same, 0 nothing in common."""
    left, right = weight[..., :-1].flatten(), weight[..., 1:].flatten()
    return float(left @ right / (left.norm() * right.norm()))


alike = [agreement(weight) for weight in (long_trained, short_trained)]
print([f"{value:.2f}" for value in alike])
claim("there are 16 filters of 3x3, and 16 of 5x5, in 3 colours (the paper shows 96: figure 3)",
      [tuple(w.shape) for w in (long_trained, short_trained)] == [(16, 3, 3, 3), (16, 3, 5, 5)] and two_cards[0][1] == 96)
claim("in the network trained long, neighbouring weights agree more", alike[0] > alike[1] + 0.1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# They look like the noise that they began with: the training has changed them only a little, and left the work
# to later layers. So look at the first filters of your own networks. Noise in them says: this one could learn
# longer.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where does a network look?
#
# Deeper weights say little to the eye. Ask the network instead. **Occlusion**: put a grey patch somewhere, and
# see how far the probability of the right class falls. Then move the patch.

# %% slideshow={"slide_type": "fragment"}
resnet = pretrained.small("resnet")


def occlusion(network, picture, label, patch=8, step=2):
    """How far the probability of `label` falls when a grey patch hides a place: map (places, places)."""
    starts = range(0, picture.shape[-1] - patch + 1, step)
    hidden = picture.repeat(len(starts) ** 2, 1, 1, 1)
    for number, (top, left) in enumerate((t, l) for t in starts for l in starts):
        hidden[number, :, top:top + patch, left:left + patch] = 0.5
    with torch.no_grad():
        before = network(picture[None]).softmax(1)[0, label]
        after = network(hidden).softmax(1)[:, label]
    return (before - after).view(len(starts), len(starts))


# %% [markdown] slideshow={"slide_type": "fragment"}
# **Saliency** asks the gradient: by which pixels could a small change move the score of the right class most?
# One pass forward, one backward, no patch.

# %% slideshow={"slide_type": "fragment"}
def saliency(network, pictures, labels):
    """For each pixel the largest |derivative| over its colours of the score of `labels`: maps (N, H, W)."""
    pictures = pictures.clone().requires_grad_()
    scores = network(pictures)[range(len(labels)), labels]
    return torch.autograd.grad(scores.sum(), pictures)[0].abs().amax(1)


some = animals(60, seed=601)
pictures, names, on_animal = some["images"] / 255, some["labels"][:, 0], some["instances"] > 0
falls = torch.stack([occlusion(resnet, picture, label) for picture, label in zip(pictures, names)])
salient = saliency(resnet, pictures, names)

# %% slideshow={"slide_type": "subslide"}
right = (resnet(pictures).argmax(1) == names).nonzero().flatten()[:6]
plotting.images(list(pictures[right]), [ANIMALS[names[i]] for i in right], height=1.4)

# %% slideshow={"slide_type": "fragment"}
plotting.signed_maps(list(falls[right]), ["occlusion"] * len(right), height=1.3, label="fall of probability")

# %% slideshow={"slide_type": "fragment"}
plotting.images([s / s.max() for s in salient[right]], ["saliency"] * len(right), height=1.4)

# %% [markdown] slideshow={"slide_type": "subslide"}
# In the middle row, red is where hiding hurts. Do the maps find the animal, or do we see what we want to see?
# In savanna we know where the animal is, so we can count:

# %% slideshow={"slide_type": "fragment"}
shown = avg_pool2d(on_animal.float()[:, None], 8, 2)[:, 0]  # the part of each patch that lies on the animal
mostly, hardly = shown > 0.5, shown < 0.05
on, off = falls[mostly].mean(), falls[hardly].mean()
claim(f"over {len(pictures)} scenes, hiding the animal costs more than 3 times what hiding background costs", on > 3 * off.clamp(min=0) and on > 0)
claim("a pixel of the animal has more than 1.5 times the saliency of a pixel of the background",
      salient[on_animal].mean() > 1.5 * salient[~on_animal].mean())

# %% [markdown] slideshow={"slide_type": "fragment"}
# Over 60 scenes, they do: hiding the animal costs more than 3 times as much, and its pixels are more than 1.5
# times as salient. Saliency is noisy all the same, and it says where the network is *sensitive*, not what it
# has understood. Unit 07 has maps that say more.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz
#
# Take a pencil once more.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Quiz
seven = [{"kernel_size": 7, "stride": 2}, {"kernel_size": 3, "stride": 2}]
claim("the right answers of these questions are computed",
      [arithmetic.receptive_field(seven)[0], count(models.BasicBlock(64, 64)), count(models.BasicBlock(64, 128, 2).downsample)]
      == [11, 73984, 8448])
quiz.show([
    {
        "question": "ResNet begins with a 7x7 convolution, stride 2, and 3x3 pooling, stride 2. How wide is the receptive field after both?",
        "right": {11: "Yes: 1 + 6 = 7, and the jump is 2: 7 + 2·2 = 11."},
        "wrong": {
            9: "The pooling's neighbours stand 2 pixels apart: add 2·2, not 2.",
            15: "The stride of the pooling counts for what comes after it.",
            7: "Pooling widens the field as a convolution does.",
        },
        "otherwise": "r = 1, j = 1. After 7x7 with stride 2: r = 7, j = 2.",
    },
    {
        "question": "A basic block on 64 channels (no biases, two batch norms). How many parameters?",
        "right": {73984: "Yes: 2 · 64·64·9 = 73728 weights, and 2 · 2 · 64 = 256 of batch norm."},
        "wrong": {
            73728: "Those are the weights. Batch norm has two numbers a channel.",
            73856: "Batch norm has a weight and a bias for each channel, and there are two.",
            78080: "The shortcut is the identity here: it has none.",
        },
        "otherwise": "Two convolutions of 64·64·9, and two batch norms of 2·64.",
    },
])

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "subslide"} tags=["hide-input"]
# @title Quiz
quiz.show([
    {
        "question": "What does a 1x1 convolution in an Inception or bottleneck block do?",
        "right": {"It changes the number of channels at each pixel, cheaply": "Yes: it mixes channels and sees no neighbour."},
        "wrong": {
            "It makes the maps smaller": "Only with a stride. By itself it changes the channels.",
            "It widens the receptive field": "F - 1 = 0: it adds nothing.",
            "Nothing: it multiplies by one number": "It has a weight for each pair of channels.",
        },
    },
    {
        "question": "A plain network of 56 layers has a higher TRAINING error than one of 20. What is that?",
        "right": {"Degradation: it is harder to train": "Yes: a solution at least as good exists, training does not find it."},
        "wrong": {
            "Overfitting": "Overfitting has a low training error.",
            "Too few parameters": "It has more of them.",
            "A receptive field that is too small": "It is larger.",
        },
    },
])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - **LeNet-5**: convolution, sub-sampling, convolution, sub-sampling, then layers that see everything. 60,000
#   parameters.
# - **AlexNet**: the same, larger, with ReLU, max pooling and dropout. Parameters sit in the fully connected
#   layers, work in the convolutions.
# - **VGG**: only 3x3. Deep stacks see as far as large kernels, with fewer weights.
# - **GoogLeNet**: several kernels side by side, 1x1 to make them cheap, means instead of large fully connected
#   layers.
# - **ResNet**: layers that add to their input. Depth stops hurting.
# - The receptive field grows by $D(F-1)j$ a layer; what matters in it grows only with the square root of the
#   depth.
# - A depthwise separable convolution costs $\frac{1}{K} + \frac{1}{F^2}$ of an ordinary one. A patch embedding
#   is a convolution with stride = kernel.
# - Parameters, multiply-adds, memory and time are four costs, and they do not agree.
#
# **Now you:** [assignment 06](../exercises/06_deep_architectures/06_deep_architectures.ipynb). You will count,
# build and measure all of this yourself.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Further reading
#
# - Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, [Gradient-based learning applied to document
#   recognition](http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf), 1998. Section II.B is LeNet-5.
# - A. Krizhevsky, I. Sutskever and G. Hinton, [ImageNet classification with deep convolutional neural
#   networks](https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks),
#   2012; A. Krizhevsky, [One weird trick](https://arxiv.org/abs/1404.5997), 2014.
# - K. Simonyan and A. Zisserman, [Very deep convolutional networks](https://arxiv.org/abs/1409.1556), 2014.
# - C. Szegedy and others, [Going deeper with convolutions](https://arxiv.org/abs/1409.4842), 2014.
# - K. He, X. Zhang, S. Ren and J. Sun, [Deep residual learning](https://arxiv.org/abs/1512.03385), 2015; A.
#   Veit, M. Wilber and S. Belongie, [Residual networks behave like ensembles of relatively shallow
#   networks](https://arxiv.org/abs/1605.06431), 2016.
# - A. Araujo, W. Norris and J. Sim, [Computing receptive
#   fields](https://distill.pub/2019/computing-receptive-fields/), 2019; W. Luo and others, [Understanding the
#   effective receptive field](https://arxiv.org/abs/1701.04128), 2016.
# - G. Yang and others, [A mean field theory of batch normalization](https://arxiv.org/abs/1902.08129), 2019:
#   why the gradient grows without skips.
# - A. Howard and others, [MobileNets](https://arxiv.org/abs/1704.04861), 2017; A. Dosovitskiy and others, [An
#   image is worth 16x16 words](https://arxiv.org/abs/2010.11929), 2020.
# - M. Zeiler and R. Fergus, [Visualizing and understanding convolutional
#   networks](https://arxiv.org/abs/1311.2901), 2013: occlusion; K. Simonyan, A. Vedaldi and A. Zisserman, [Deep
#   inside convolutional networks](https://arxiv.org/abs/1312.6034), 2013: saliency.
