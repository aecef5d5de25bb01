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
# # 04 · Detector and pooling

# %% [markdown] slideshow={"slide_type": "-"} tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/lectures/04_detector_and_pooling.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/lectures/04_detector_and_pooling.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/lectures/04_detector_and_pooling.py)
#
# about 105 minutes to read and try · runs in 27 s with 1340 MB of memory

# %% [markdown] slideshow={"slide_type": "subslide"}
# **You will be able to**
#
# - follow an image through convolution, detector, pooling and a fully connected layer, map by map;
# - say why a network without a detector is no deeper than one layer, and write ReLU with its gradient;
# - write max, average and L2 pooling, forward and backward, and work out their sizes with a pencil;
# - say exactly what pooling does to equivariance and invariance, and measure it in pixels;
# - say what it costs, and build hard layers out of easy ones.
#
# **You need** the two units before this one: what a convolution computes, and how large its map is.

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
import math
import random

import torch
from torch import nn
from torch.nn.functional import avg_pool2d, conv2d, lp_pool2d, max_pool2d, max_unpool2d, one_hot, pad

from utils import arithmetic, demos, plotting, quiz, training
from utils.claims import claim
from utils.datasets import digits, photos, savanna

torch.manual_seed(4)
torch.set_num_threads(1);  # for networks as small as these, more threads only wait for each other

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What are the parts of a convolution layer?
#
# In practice a "convolution layer" is three steps, one after the other:
#
# 1. **convolution**: each filter asks its question at every place;
# 2. **detector**: a non-linear function of each number by itself;
# 3. **pooling**: each neighbourhood of a map is summed up in one number.
#
# At the end of a network a **fully connected** layer reads all that is left. Let us send one zebra through
# all four, and look at everything it becomes.

# %% slideshow={"slide_type": "fragment"}
recipe = savanna.Recipe(size=96, animals=("zebra",), styles=("twemoji",), scale=0.8, backgrounds=("plain",))
scene = savanna.scene(recipe, 1, seed=4)["image"].float() / 255
zebra = scene.mean(0)
plotting.images([scene, zebra], ["a zebra", "grey: the input"])

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Convolution.** Four filters, written by hand. Two ask for vertical edges, from dark to bright and from
# bright to dark; two ask for horizontal ones. (The image is continued around its edge, `mode="circular"`, so
# that the frame of the picture does not look like an edge.)

# %% slideshow={"slide_type": "fragment"}
vertical = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 4
edges = torch.stack([vertical, -vertical, vertical.T, -vertical.T])[:, None]
names = ["dark to bright", "bright to dark", "dark above bright", "bright above dark"]
plotting.number_grids([kernel[0] for kernel in edges], names)


# %% slideshow={"slide_type": "fragment"}
def around(x):
    """One pixel more on every side, taken from the other side."""
    return pad(x, (1, 1, 1, 1), mode="circular")


mapped = conv2d(around(zebra[None, None]), edges)
plotting.signed_maps(list(mapped[0]), names, height=1.8)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Detector.** The most common one is **ReLU**, the rectified linear unit: negative numbers become zero,
# the others stay.

# %% slideshow={"slide_type": "fragment"}
detected = torch.relu(mapped)
plotting.signed_maps(list(detected[0]), names, height=1.8)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Before, the first two maps were the same picture in exchanged colours. Now each says one thing only: *here
# it turns bright* and *here it turns dark*. That is why it is called a detector.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Pooling.** From each block of pixels keep the largest number, in each map by itself. The maps are half
# as long and half as wide, and you still see the zebra.

# %% slideshow={"slide_type": "fragment"}
pooled = max_pool2d(detected, kernel_size=2, stride=2)
plotting.signed_maps(list(pooled[0]), names, height=1.8)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Fully connected.** All numbers of all maps in one long row, and a weighted sum of them for each answer.
# Ours has two answers, *vertical edges* and *horizontal edges*; it takes the mean of the maps that matter
# to each.

# %% slideshow={"slide_type": "fragment"}
layer = nn.Linear(pooled[0].numel(), 2)
with torch.no_grad():
    layer.bias.zero_()
    layer.weight[0] = torch.tensor([1.0, 1, 0, 0]).repeat_interleave(48 * 48) / (48 * 48)
    layer.weight[1] = torch.tensor([0.0, 0, 1, 1]).repeat_interleave(48 * 48) / (48 * 48)
convolution = nn.Conv2d(1, 4, 3, padding=1, padding_mode="circular", bias=False)
convolution.load_state_dict({"weight": edges})
network = nn.Sequential(convolution, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), layer)

upright, turned = (network(picture[None, None])[0].detach() for picture in (zebra, zebra.rot90()))
print(f"upright: vertical {upright[0]:.3f}, horizontal {upright[1]:.3f}")
print(f"turned:  vertical {turned[0]:.3f}, horizontal {turned[1]:.3f}")

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
claim("turning the zebra by 90 degrees exchanges the two answers",
      torch.allclose(upright, turned.flip(0), atol=1e-5) and upright[0] > 1.2 * upright[1])
sizes = {}
x = zebra[None, None]
for step, module in zip(["convolution", "detector", "pooling", "flatten", "fully connected"], network, strict=True):
    x = module(x)
    sizes[step] = tuple(x.shape[1:])
    print(f"{step:16} {str(sizes[step]):14} {training.count_parameters(module):6} parameters")
claim("96x96 pixels become 4 maps of 96x96, then 4 of 48x48, then 9216 numbers, then 2 answers",
      list(sizes.values()) == [(4, 96, 96), (4, 96, 96), (4, 48, 48), (9216,), (2,)])
claim("detector and pooling have no parameters",
      training.count_parameters(network[1]) + training.count_parameters(network[2]) == 0)

# %% [markdown] slideshow={"slide_type": "fragment"}
# This network was never trained, and it already tells this zebra from one that lies on its side: turn the
# picture by 90 degrees and its two answers are exchanged. Training will choose better filters than ours; the parts stay
# these. The next sections take them one by one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Why do we need a detector at all?
#
# Leave it out and stack two convolutions directly. Is that a deeper network?

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "Two convolutions with 3x3 kernels follow each other, with nothing in between. What can they do that one cannot?",
    "right": {
        "Nothing: one convolution with a 5x5 kernel does the same":
            "Yes. Weighted sums of weighted sums are weighted sums.",
    },
    "wrong": {
        "They find edges of edges, which no single kernel finds":
            "An edge of an edge is a weighted sum of pixels too: write it down and you have the kernel.",
        "Nothing: one convolution with a 3x3 kernel does the same":
            "Nearly. But together they see further than 3 pixels: the windows of the second reach beyond those of the first.",
        "They can tell more classes apart": "Not without a non-linear step: all they compute is linear in the pixels.",
    },
}])


# %% [markdown] slideshow={"slide_type": "subslide"}
# To find the one kernel that does the work of both, spread the first kernel by the second: each weight of
# the second puts a copy of the first at its place. (This is convolution in the mathematical sense.)

# %% slideshow={"slide_type": "fragment"}
def merge(first, second):
    """One bank for two in sequence: (M, D, F, F) and (K, M, G, G) give (K, D, F+G-1, F+G-1)."""
    reach = second.shape[-1] - 1
    spread = pad(first.transpose(0, 1), (reach, reach, reach, reach))
    return conv2d(spread, second.flip(2, 3)).transpose(0, 1)


first, second = torch.randn(8, 3, 3, 3), torch.randn(16, 8, 3, 3)
colours = photos.load("flower", 64)[None]
in_two_steps = conv2d(conv2d(colours, first), second)
in_one_step = conv2d(colours, merge(first, second))
difference = (in_two_steps - in_one_step).abs().max() / in_two_steps.abs().max()
print("kernels", tuple(first.shape), "and", tuple(second.shape), "merge into", tuple(merge(first, second).shape))
print(f"largest difference, as a part of the largest value: {difference:.0e}")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("3x3 after 3x3 is one convolution of 5x5", tuple(merge(first, second).shape) == (16, 3, 5, 5))
claim("it gives the same maps, up to rounding", difference < 1e-5)
claim("with a ReLU in between, the maps are others",
      not torch.allclose(conv2d(torch.relu(conv2d(colours, first)), second), in_one_step, rtol=0.1))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Not just similar: the same numbers. The same holds for ten layers, or a hundred. A stack of convolutions is
# as deep as *one*, unless something non-linear stands between them. That is the detector's first task.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Its second task is to save what it found from cancelling. Average a map of edges over the whole picture,
# without a detector:

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question":
        "Take the map of vertical edges of the zebra, before the detector. What is its mean over the picture?",
    "right": {
        "0, as for every other picture":
            "Yes. The mean of a weighted sum is the weighted sum of the means, and these weights add up to 0.",
    },
    "wrong": {
        "Large, because a zebra has many vertical edges":
            "Each dark stripe has an edge where it begins and one where it ends. They have opposite signs.",
        "A little above 0, for the stripes":
            "Exactly 0. Each pixel is read by as many positive weights as negative ones.",
        "It depends on the lighting": "Not with weights that add up to 0.",
    },
}])

# %% slideshow={"slide_type": "subslide"}
linear_mean = mapped.mean((2, 3))[0]
detected_mean = detected.mean((2, 3))[0]
plotting.number_grids([100 * linear_mean[None].round(decimals=5).abs(), 100 * detected_mean[None]],
                      ["mean of each map, in hundredths", "the same after ReLU"])

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("without a detector the mean of every map is 0", linear_mean.abs().max() < 1e-6)
claim("with one it is not, and vertical edges win", detected_mean[0] > detected_mean[2] > 0.001)


# %% [markdown] slideshow={"slide_type": "fragment"}
# Without the detector the mean is 0 for a zebra, a lion and a white wall alike. After ReLU it says how much
# of each edge there is. **Detect first, then pool.**

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does ReLU do, and what is its gradient?
#
# $$\text{ReLU}(x) = \max(0, x) \qquad \frac{d\,\text{ReLU}}{dx} = \begin{cases} 1 & x > 0\\ 0 & x < 0\end{cases}$$
#
# It replaces every negative number of a map by zero. On the way back it is a gate: the gradient of the loss
# passes where the number was positive, and stops where it was not.

# %% slideshow={"slide_type": "fragment"}
def relu(x):
    return x * (x > 0)


def relu_backward(upstream, x):
    """What reaches x of the gradient that arrives at relu(x)."""
    return upstream * (x > 0)


small = torch.tensor([[2.0, -1, 0, 3], [-4, 5, -2, 1], [1, -3, 6, -5]])
upstream = torch.tensor([[1.0, 1, 1, 1], [2, 2, 2, 2], [-3, -3, -3, -3]])
plotting.number_grids([small, relu(small), upstream, relu_backward(upstream, small)],
                      ["x", "ReLU(x)", "gradient from above", "gradient that passes"])

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "x = -4, and the gradient that arrives from above is 2. Which gradient goes on to x?",
    "right": {0: "Yes: ReLU(x) stays 0 when x moves a little, so the loss does not notice."},
    "wrong": {
        2: "That passes where x is positive.",
        -8: "The gradient is not multiplied by x, but by the slope at x, which is 0 here.",
        -2: "ReLU never turns a sign round: its slope is 0 or 1.",
    },
    "otherwise": "Multiply 2 by the slope of ReLU at -4.",
}])

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
x = small.clone().requires_grad_()
by_autograd = torch.autograd.grad(torch.relu(x), x, upstream)[0]
claim("values and gradients are torch's",
      torch.equal(relu(small), torch.relu(small)) and torch.equal(relu_backward(upstream, small), by_autograd))
claim("at x = -4 the gradient 2 becomes 0, at x = 5 it stays 2",
      (small[1, 0], small[1, 1], by_autograd[1, 0], by_autograd[1, 1]) == (-4, 5, 0, 2))
claim("at x = 0, where there is no slope, torch takes 0", by_autograd[0, 2] == 0)
claim("ReLU(x) - ReLU(-x) = x", torch.equal(relu(small) - relu(-small), small))

# %% [markdown] slideshow={"slide_type": "fragment"}
# At 0 the slope jumps, and any number from 0 to 1 would do; torch takes 0.
#
# Is half of the information lost? Not if the network keeps both halves, as our filters did: the last claim
# puts x together again from a filter and its negative.
#
# And a derivative is a limit, so check it as one. Move x a little both ways and see how the output follows:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
steps = torch.tensor([[-4.0, 5.0]], dtype=torch.float64)
slopes = (torch.relu(steps + 1e-3) - torch.relu(steps - 1e-3)) / 2e-3
claim("measured slopes at -4 and 5: 0 and 1", torch.allclose(slopes, torch.tensor([[0.0, 1.0]], dtype=torch.float64)))
quiet = (detected < 1e-4).float().mean()
claim(f"of the zebra's four maps, {100 * quiet:.0f} % of the numbers are 0 after ReLU, up to rounding", quiet > 0.5)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## When is a unit dead?
#
# A gate that is closed lets no gradient through, so it cannot learn to open. Where a filter's number is
# negative for *every* place of *every* image, its weights get no gradient at all, ever. The unit is **dead**.
#
# Let us kill one: a bias of $-10$ on the second of two filters.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
images, labels = digits.load("train")
pair = nn.Conv2d(1, 2, 3)
with torch.no_grad():
    pair.bias[:] = torch.tensor([0.0, -10.0])


def gradients(detector):
    """Length of the gradient that reaches each of the two filters, over all digits."""
    total = detector(pair(images)).pow(2).mean()
    return torch.autograd.grad(total, pair.weight)[0].flatten(1).norm(dim=1)


alive, dead = gradients(torch.relu)
leaky_alive, leaky_dead = gradients(nn.LeakyReLU(0.1))
claim(f"over {len(images):,} digits the filter with bias -10 gets a gradient of exactly 0", dead == 0 < alive)
claim("with a leaky ReLU it gets one", leaky_dead > 0)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Nobody sets a bias to $-10$. But one training step that is far too long does the same. Train a small
# network on the digits with 32 filters: one pass with a learning rate of 3, then, when we have seen the
# mistake, passes with a sensible rate. Once with ReLU, once with **leaky ReLU**, which keeps a slope of
# 0.1 on the negative side; for three seeds.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "After the pass with the wild learning rate, five passes with a good one follow. Does the ReLU network recover?",
    "right": {
        "No: it stays at chance, while the leaky one recovers":
            "Yes. A filter that is negative everywhere gets no gradient, and a good learning rate times zero is zero.",
    },
    "wrong": {
        "Yes, a good learning rate repairs it": "It would, if there were a gradient to multiply it with.",
        "Yes, but more slowly than the leaky one": "Not even slowly: the gradient of its filters is exactly zero.",
        "Neither recovers": "The leaky one has a slope everywhere, so that some gradient always gets through.",
    },
}])


# %% slideshow={"slide_type": "subslide"}
def small_net(detector, seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(1, 32, 3), detector, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * 9, 10))


def dead_filters(model):
    """How many filters are at or below 0 everywhere on every digit."""
    with torch.no_grad():
        return int((model[0](images) <= 0).all(0).flatten(1).all(1).sum())


def train(model, rate, epochs, seed):
    optimizer = torch.optim.SGD(model.parameters(), rate, momentum=0.9)
    batches = training.Batches(images, labels, 64, seed=seed)
    training.fit(model, batches, epochs=epochs, optimizer=optimizer, progress=False)
    return training.evaluate(model, [digits.load("test")])["accuracy"]


# %% slideshow={"slide_type": "fragment"}
after = {}
for name, detector in [("ReLU", nn.ReLU()), ("leaky ReLU", nn.LeakyReLU(0.1))]:
    for seed in range(3):
        model = small_net(detector, seed)
        wild = train(model, 3.0, 1, seed)
        dead = dead_filters(model)
        after[name, seed] = dead, wild, train(model, 0.1, 5, seed), dead_filters(model)
        print(f"{name:11} seed {seed}: {dead:2} of 32 filters silent, accuracy {wild:4.0%}; "
              f"5 passes later {after[name, seed][2]:4.0%}, {after[name, seed][3]:2} silent")

# %% slideshow={"slide_type": "subslide"}
killed = [after["ReLU", seed] for seed in range(3)]
leaky = [after["leaky ReLU", seed] for seed in range(3)]
claim("a learning rate of 3 kills all 32 ReLU filters, in all 3 runs", all(run[0] == 32 for run in killed))
claim("they are dead for good: 5 passes at a rate of 0.1 leave all 32 dead and the accuracy below 15 %",
      all(run[3] == 32 and run[2] < 0.15 for run in killed))
claim("the leaky networks get above 50 % in the same 5 passes", all(run[2] > 0.5 for run in leaky))

# %% [markdown] slideshow={"slide_type": "fragment"}
# In all 3 runs the ReLU network is dead, all 32 filters, and stays below 15 %, where guessing is. The leaky
# networks were hurt as badly, many of their filters silent; but a gradient gets through, and they climb above
# 50 %. The better cure is not to break them in the first place: a moderate learning rate, a good
# initialisation, and batch norm (unit 05).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which other detectors are there?
#
# Anything that bends will do. Here are the ones you will meet, and, more telling, their slopes: what they
# multiply a gradient with on its way back.

# %% slideshow={"slide_type": "fragment"}
detectors = {
    "ReLU": torch.relu,
    "leaky ReLU": nn.LeakyReLU(0.1),
    "GELU": nn.GELU(),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}
axis = torch.arange(-4.1, 4.2, 0.4).requires_grad_()
values = {name: f(axis).detach() for name, f in detectors.items()}
slopes = {name: torch.autograd.grad(f(axis).sum(), axis)[0] for name, f in detectors.items()}
plotting.curves(axis.detach(), values, "x", "detector(x)")

# %% slideshow={"slide_type": "subslide"}
plotting.curves(axis.detach(), slopes, "x", "slope")


# %% [markdown] slideshow={"slide_type": "subslide"}
# Sigmoid and tanh are older. Their slopes vanish on both sides, and that of the sigmoid is never above 0.25.
# A gradient that goes back through ten of them is multiplied with ten such numbers. Measure it, on a stack of
# ten convolutions of 16 channels, started as usual for each detector:

# %% slideshow={"slide_type": "fragment"}
def gradient_at_the_bottom(detector, gain, seed):
    """Length of the gradient that arrives at the input of ten layers, over that of the gradient at the top."""
    generator = torch.Generator().manual_seed(seed)
    signal = torch.randn(4, 16, 16, 16, generator=generator, requires_grad=True)
    top = signal
    for _ in range(10):
        kernels = torch.randn(16, 16, 3, 3, generator=generator) * gain / math.sqrt(16 * 9)
        top = detector(conv2d(top, kernels, padding=1))
    above = torch.randn(top.shape, generator=generator)
    return (torch.autograd.grad(top, signal, above)[0].norm() / above.norm()).item()


gains = {"ReLU": math.sqrt(2), "tanh": 5 / 3, "sigmoid": 1.0}
reaches = {name: [gradient_at_the_bottom(detectors[name], gain, seed) for seed in range(3)]
           for name, gain in gains.items()}
for name, runs in reaches.items():
    print(f"{name:8}", ", ".join(f"{run:.1e}" for run in runs))

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
zero = torch.zeros(1, requires_grad=True)
steepest = torch.autograd.grad(torch.sigmoid(zero), zero)[0].item()
claim(f"the steepest slope of the sigmoid is {steepest:g}, at 0",
      steepest == 0.25 and slopes["sigmoid"].max() < 0.25)
claim("through ten ReLU layers of 16 channels more than 10 % of the gradient arrives, in each of 3 runs",
      min(reaches["ReLU"]) > 0.1)
claim("through ten sigmoid layers less than a millionth of it", max(reaches["sigmoid"]) < 1e-6)


# %% [markdown] slideshow={"slide_type": "fragment"}
# Through ReLU more than 10 % arrives at the bottom; through the sigmoid less than a millionth. That, and its
# price of one comparison, made ReLU the default. GELU, a ReLU with a rounded corner, is common in transformers.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does pooling compute?
#
# Pooling lays a window on a map, as a convolution does, but it has no weights. It sums up what it sees in one
# number, by a fixed rule. With $x_i$ for the numbers in the window:
#
# | pooling | its number | it says |
# | --- | --- | --- |
# | max | $\max_i x_i$ | how strongly was it found, at best? |
# | average | $\frac{1}{n}\sum_i x_i$ | how much of it is there, on average? |
# | L2 | $\sqrt{\sum_i x_i^2}$ | how much energy is there? |
#
# ($n$ is how many numbers the window holds.) The window has a size $F$ and a stride $S$; usually they are
# the same, so that each number is in one window only.

# %% slideshow={"slide_type": "subslide"}
def windows(x, size, stride):
    """All windows of each map: (B, D, H, W) gives (B, D, H2, W2, size, size), without copying."""
    return x.unfold(2, size, stride).unfold(3, size, stride)


RULES = {
    "max": lambda w: w.amax((-2, -1)),
    "average": lambda w: w.mean((-2, -1)),
    "L2": lambda w: w.pow(2).sum((-2, -1)).sqrt(),
}


def pool(x, size, stride, kind):
    return RULES[kind](windows(x, size, stride))


block = torch.tensor([[3.0, 4, 1, 1], [0, 0, 1, 1], [0, 2, 6, 0], [1, 1, 0, 8]])
results = [pool(block[None, None], 2, 2, kind)[0, 0] for kind in RULES]
plotting.number_grids([block, *results], ["map", "max", "average", "L2"], windows=[(0, 0, 2, 2)] + [(0, 0, 1, 1)] * 3)

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
claim("the framed window holds 3, 4, 0 and 0: max 4, average 1.75, L2 5",
      [r[0, 0].item() for r in results] == [4, 1.75, 5])
x = torch.randn(2, 5, 9, 10)
library = {"max": max_pool2d(x, 3, 2), "average": avg_pool2d(x, 3, 2), "L2": lp_pool2d(x, 2, 3, 2)}
claim("all three are torch's MaxPool2d, AvgPool2d and LPPool2d",
      all(torch.allclose(pool(x, 3, 2, kind), library[kind], atol=1e-5) for kind in RULES))
claim("each map is pooled by itself: the third of 5 maps comes out the same alone",
      all(torch.equal(pool(x, 3, 2, kind)[:, 2:3], pool(x[:, 2:3], 3, 2, kind)) for kind in RULES))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Check the frame by hand: the window holds 3, 4, 0 and 0. The largest is 4, the average is 1.75, and the L2
# norm is 5, the hypotenuse of 3 and 4.
#
# A convolution adds up its channels; pooling never mixes them. What goes in with depth $D_1$ comes out with
# $D_2 = D_1$. On a photograph:

# %% slideshow={"slide_type": "subslide"}
grey = photos.load("china", 144).mean(0)
small_pictures = {kind: pool(grey[None, None], 6, 6, kind)[0, 0] for kind in RULES}
plotting.images([grey, small_pictures["max"], small_pictures["average"], small_pictures["L2"] / 6],
                ["photograph", "max, 6x6 windows", "average", "L2, over 6"], height=1.6)

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("in every 6x6 window: average <= L2/6 <= max, where L2/6 is the root of the mean square",
      (small_pictures["average"] <= small_pictures["L2"] / 6 + 1e-6).all()
      and (small_pictures["L2"] / 6 <= small_pictures["max"] + 1e-6).all())


# %% [markdown] slideshow={"slide_type": "fragment"}
# Max pooling keeps the brightest pixel of each block, and the dark roof lines between the bright walls get
# thin. The average keeps the light. L2, divided by 6, is the root of the mean square and lies between them.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How does the gradient go back through pooling?
#
# Ask of each number in the window: if it rises a little, by how much does the result rise?
#
# | pooling | slope for $x_i$ | so the gradient goes |
# | --- | --- | --- |
# | max | 1 for the largest, 0 for the others | to the winner alone |
# | average | $1/n$ | to all, in equal parts |
# | L2, with result $y$ | $x_i / y$ | to all, in proportion |

# %% slideshow={"slide_type": "fragment"}
def winner(w):
    """1 at the largest number of each window, the first if several are, and 0 elsewhere."""
    flat = w.flatten(-2)
    return one_hot(flat.argmax(-1), flat.shape[-1]).view(w.shape).to(w.dtype)


SLOPES = {
    "max": winner,
    "average": lambda w: torch.ones_like(w) / (w.shape[-2] * w.shape[-1]),
    "L2": lambda w: (w / w.pow(2).sum((-2, -1), keepdim=True).sqrt()).nan_to_num(0),
}


def pool_backward(upstream, x, size, stride, kind):
    """The gradient of pooling: every window hands its part to its pixels, and a pixel adds up what it gets."""
    shares = SLOPES[kind](windows(x, size, stride)) * upstream[..., None, None]
    gradient = torch.zeros_like(x)
    for row in range(size):
        for column in range(size):
            pixels = (slice(row, row + stride * upstream.shape[2], stride),
                      slice(column, column + stride * upstream.shape[3], stride))
            gradient[:, :, *pixels][..., :upstream.shape[2], :upstream.shape[3]] += shares[..., row, column]
    return gradient


# %% slideshow={"slide_type": "subslide"}
from_above = torch.tensor([[1.0, 2], [3, 4]])
back = [pool_backward(from_above[None, None], block[None, None], 2, 2, kind)[0, 0] for kind in RULES]
plotting.number_grids([block, from_above, *back], ["map", "from above", "max", "average", "L2"])

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "In the window at the top right all four numbers are 1. Where does torch send the gradient of max pooling?",
    "right": {
        "To the first of them, all of it": "Yes. One winner is chosen, the first in reading order, and takes everything.",
    },
    "wrong": {
        "A quarter to each": "That would be fair, and it is what average pooling does. Max pooling names one winner.",
        "All of it to each": "Then four times as much would go down as came from above.",
        "Nowhere: there is no slope at a tie": "True of the mathematics, but torch has to take something.",
    },
}])

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
LIBRARY = {"max": max_pool2d, "average": avg_pool2d, "L2": lambda x, size, stride: lp_pool2d(x, 2, size, stride)}


def torch_backward(upstream, x, size, stride, kind):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(LIBRARY[kind](x, size, stride), x, upstream)[0]


for size, stride in [(2, 2), (3, 2), (3, 1), (2, 3)]:
    upstream = torch.randn(pool(x, size, stride, "max").shape)
    claim(f"F={size}, S={stride}: all three gradients are torch's", all(torch.allclose(
        pool_backward(upstream, x, size, stride, kind), torch_backward(upstream, x, size, stride, kind), atol=1e-5)
        for kind in RULES))
claim("in a tie the first takes it all",
      torch.equal(torch_backward(from_above[None, None], block[None, None], 2, 2, "max")[0, 0], back[0])
      and back[0][0, 2:].tolist() == [2, 0])
claim("of a window of zeros L2 has no slope, and torch sends 0",
      (torch_backward(torch.ones(1, 1, 1, 1), torch.zeros(1, 1, 2, 2), 2, 2, "L2") == 0).all())

# %% [markdown] slideshow={"slide_type": "fragment"}
# With $F=3$ and $S=2$ windows overlap, and a number that wins in several collects from all of them. With
# $F=2$ and $S=3$ there are gaps, and what lies in a gap gets nothing.
#
# Max pooling teaches only the winner of each window. With $F=2$ and $S=2$ three numbers of four hear nothing:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
crop = grey[None, None, :, :212]
taught = (pool_backward(torch.ones(1, 1, 72, 106), crop, 2, 2, "max") != 0).float().mean().item()
claim(f"F=2, S=2: {taught:.0%} of the pixels get a gradient from max pooling", taught == 0.25)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does nn.MaxPool2d want to know?
#
# `nn.MaxPool2d(kernel_size, stride)`. Slides in circulation explain the first as "size of the convolving
# kernel" and say that the stride is 1 if you leave it out. Neither is right:
#
# - `kernel_size` is the size of the **pooling window**. There is no kernel: nothing is weighed, nothing is
#   learned, nothing is convolved. The name is borrowed from `nn.Conv2d`.
# - `stride` left out means **the same as** `kernel_size`: windows side by side. Here pooling and convolution
#   differ.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
layer = nn.MaxPool2d(kernel_size=3)
claim("MaxPool2d(3) has no parameters, Conv2d(1, 1, 3) has 10",
      (training.count_parameters(layer), training.count_parameters(nn.Conv2d(1, 1, 3))) == (0, 10))
claim("MaxPool2d(3) steps by 3, Conv2d(1, 1, 3) by 1", (layer.stride, nn.Conv2d(1, 1, 3).stride) == (3, (1, 1)))
claim("so of 12 pixels MaxPool2d(3) makes 4, Conv2d(1, 1, 3) makes 10",
      (layer(torch.zeros(1, 1, 12, 12)).shape[-1], nn.Conv2d(1, 1, 3)(torch.zeros(1, 1, 12, 12)).shape[-1]) == (4, 10))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How large is the output, and how many parameters are there?
#
# Windows are placed as in unit 03, so the formula is the same, without padding:
#
# $$W_2 = \frac{W_1 - F}{S} + 1 \qquad H_2 = \frac{H_1 - F}{S} + 1 \qquad D_2 = D_1$$
#
# Parameters: zero. Two settings are common, $F=2$, $S=2$ and, with overlap, $F=3$, $S=2$.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "A volume of 55x55x96 is pooled with F=3, S=2. What comes out?",
    "right": {"27x27x96": "Yes: (55 - 3)/2 + 1 = 27, and pooling keeps the depth. This is AlexNet's first pooling."},
    "wrong": {
        "27x27x1": "Pooling works on each of the 96 maps by itself.",
        "26x26x96": "52/2 = 26 steps, and one more place: the first.",
        "28x28x96": "52/2 = 26 steps make 27 places.",
        "27x27x32": "F is a size in pixels: it does not touch the depth.",
    },
}])

# %% slideshow={"slide_type": "fragment"}
plotting.placements([{"input_size": 8, "kernel_size": 2, "stride": 2}, {"input_size": 9, "kernel_size": 3, "stride": 2},
                     {"input_size": 7, "kernel_size": 2, "stride": 2}])

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
claim("F=3, S=2 makes 27x27x96 of 55x55x96", tuple(max_pool2d(torch.zeros(1, 96, 55, 55), 3, 2).shape) == (1, 96, 27, 27))
draw = random.Random(4)
settings = [[draw.randint(1, 30), draw.randint(1, 30), draw.randint(1, 5), draw.randint(1, 5)] for _ in range(500)]
settings = [(h, w, f, s) for h, w, f, s in settings if f <= min(h, w)]
claim(f"(W1 - F)/S + 1, rounded down, is torch's size in {len(settings)} random settings", all(
    tuple(max_pool2d(torch.zeros(1, 3, h, w), f, s).shape) == (1, 3, (h - f) // s + 1, (w - f) // s + 1)
    for h, w, f, s in settings))

# %% [markdown] slideshow={"slide_type": "subslide"}
# On the right, $N=7$ does not fit: $(7-2)/2 + 1 = 3.5$. PyTorch rounds down, as it does for convolutions, and
# the last row and column are never read. For pooling you can ask for the other way, `ceil_mode=True`: then the
# last window hangs over the edge and sums up what it has.

# %% slideshow={"slide_type": "fragment"}
odd = torch.arange(1.0, 50).view(7, 7)
floor, ceil = (max_pool2d(odd[None, None], 2, ceil_mode=mode)[0, 0] for mode in (False, True))
plotting.number_grids([odd, floor, ceil], ["map", "max, F=2, S=2", "with ceil_mode=True"])

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("(7 - 2)/2 + 1 = 3.5: torch makes 3, and with ceil_mode 4",
      ((7 - 2) / 2 + 1, len(floor), len(ceil)) == (3.5, 3, 4))
claim("without ceil_mode the largest number, 49, in the corner, is never seen", floor.max() < 49 == ceil.max())

# %% [markdown] slideshow={"slide_type": "subslide"}
# Zero padding is uncommon here. A convolution needs it to keep its size, and pooling is there to make things
# smaller. It would also be wrong: zeros would win over negative numbers, and they would pull an average down.
# Look at what PyTorch does if you insist, on maps that are the same everywhere:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
padded_max = max_pool2d(-torch.ones(1, 1, 4, 4), 3, 2, padding=1)
padded_average = avg_pool2d(torch.ones(1, 1, 4, 4), 3, 2, padding=1)
claim("max pooling pads with minus infinity, so that the padding never wins", (padded_max == -1).all())
claim(f"average pooling counts its zeros: the corner of a map of ones becomes {padded_average[0, 0, 0, 0]:.2f}, or 4/9",
      torch.isclose(padded_average[0, 0, 0, 0], torch.tensor(4 / 9)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# So the corner of a map of ones becomes 0.44 (`count_include_pad=False` mends that).
#
# What does it all buy? Fewer numbers, and less work for every layer that comes after:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
before, after_pooling = (arithmetic.conv_multiplications(16, 32, 3, (n, n)) for n in (112, 56))
claim("F=2, S=2 leaves 1 number of 4", max_pool2d(torch.zeros(1, 16, 112, 112), 2).numel() * 4 == 16 * 112 * 112)
claim(f"a 3x3 convolution with 32 filters on 16 maps costs {before:,} multiplications at 112x112, and {after_pooling:,} after pooling",
      before == 4 * after_pooling)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Shift the image: what moves, what stays?
#
# Two words, often mixed up. Let $T$ move an image by some pixels.
#
# - $f$ is **equivariant** if $f(Tx) = T f(x)$: move the image, and the map moves along.
# - $f$ is **invariant** if $f(Tx) = f(x)$: move the image, and nothing happens to the output.
#
# Slides like to say that a convolution layer is "translation invariant". It is not: it is *equivariant*, as
# unit 02 showed. Pooling turns equivariance step by step into invariance, and only *approximately*, until the
# window is the whole map.
#
# Images are shifted around here, as on a cylinder: what leaves at the right comes in at the left. So no border
# disturbs the measurement.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "Convolution, ReLU, max pooling with F=2, S=2. Move the image by ONE pixel. What does the output do?",
    "right": {
        "It changes: it neither stays nor moves along":
            "Yes. Half a step is not possible in the pooled map, and maxima leave their windows.",
    },
    "wrong": {
        "It stays as it is: pooling is invariant": "Only those maxima stay that do not cross the edge of their window.",
        "It moves by one pixel": "One pixel of the pooled map is two of the image.",
        "It moves by half a pixel": "It would, if there were half pixels. The numbers themselves change.",
    },
}])


# %% slideshow={"slide_type": "subslide"}
def features(pictures):
    """Convolution and detector, with circular borders: (B, 1, H, W) gives (B, 4, H, W)."""
    return torch.relu(conv2d(around(pictures), edges))


def moved(x, pixels):
    """Everything to the right by some pixels, around the edge."""
    return x.roll(pixels, dims=-1)


recipe = savanna.Recipe(size=48, animals=("zebra", "lion"), scale=(0.4, 0.7))
scenes = savanna.batch(recipe, 200, seed=4)["images"].float().mean(1, keepdim=True) / 255
plotting.images(list(scenes[:6, 0]), ["six of 200 scenes"] + [""] * 5, height=1.3)

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
original = features(scenes)
halved = max_pool2d(original, 2)
claim("convolution and detector are equivariant: 1 pixel moves the maps by 1",
      torch.allclose(features(moved(scenes, 1)), moved(original, 1), atol=1e-5))
claim("pooling with S=1 is equivariant too", torch.allclose(
    max_pool2d(features(moved(scenes, 1)), 2, 1)[..., 1:], max_pool2d(original, 2, 1)[..., :-1], atol=1e-5))
claim("with S=2 a shift by 2 moves the pooled maps by 1",
      torch.allclose(max_pool2d(features(moved(scenes, 2)), 2), moved(halved, 1), atol=1e-5))
by_one = max_pool2d(features(moved(scenes, 1)), 2)
claim("a shift by 1 neither moves them nor leaves them as they are",
      not torch.allclose(by_one, halved, atol=0.1) and not torch.allclose(by_one, moved(halved, 1), atol=0.1))


# %% [markdown] slideshow={"slide_type": "fragment"}
# Exactly equivariant: convolution, detector, and pooling with $S=1$. With $S=2$ only shifts by 2, 4, and so
# on, come through exactly. For all others we have to *measure* how invariant the output is.

# %% [markdown] slideshow={"slide_type": "subslide"}
# By how much does the output change, as a part of its own size?
#
# $$\text{change}(s) = \frac{\lVert f(T_s x) - f(x) \rVert}{\lVert f(x) \rVert}$$
#
# Zero is invariance. Two maps that have nothing to do with each other come out a little above 1. Measure it over
# 200 scenes, for shifts by 0 to 8 pixels:

# %% slideshow={"slide_type": "fragment"}
def change(f, shift):
    """How much f(x) changes when the scenes move, for each scene."""
    still, moving = f(scenes).flatten(1), f(moved(scenes, shift)).flatten(1)
    return (moving - still).norm(dim=1) / still.norm(dim=1)


OUTPUTS = {
    "no pooling": features,
    "max, F=S=2": lambda x: max_pool2d(features(x), 2),
    "max, F=S=4": lambda x: max_pool2d(features(x), 4),
    "max, F=S=8": lambda x: max_pool2d(features(x), 8),
    "average, F=S=8": lambda x: avg_pool2d(features(x), 8),
    "max, global": lambda x: features(x).amax((2, 3)),
}
shifts = range(9)
changes = {name: torch.stack([change(f, shift) for shift in shifts]) for name, f in OUTPUTS.items()}
for name, values in changes.items():
    print(f"{name:15}", "  ".join(f"{v.mean():.2f}±{v.std():.2f}" for v in values[[1, 2, 4, 8]]))


# %% slideshow={"slide_type": "subslide"}
def band(values):
    """Mean over the scenes, and a standard deviation below and above it."""
    return torch.stack([values.mean(1) - values.std(1), values.mean(1), values.mean(1) + values.std(1)])


plotting.curves(shifts, {name: band(values) for name, values in changes.items()}, "shift of the image (pixels)", "change of the output, mean ± s.d.")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
means = {name: v.mean(1) for name, v in changes.items()}
claim(f"a shift by 0 changes nothing, in all {len(scenes)} scenes", all((v[0] == 0).all() for v in changes.values()))
at_one = [means[name][1].item() for name in ("no pooling", "max, F=S=2", "max, F=S=4", "max, F=S=8")]
claim("after 1 pixel the output changes by " + ", ".join(f"{c:.0%}" for c in at_one) + ": no pooling, windows of 2, 4, 8",
      at_one == sorted(at_one, reverse=True))
claim("for every shift from 1 to 8 pixels larger windows change less", all(
    means["no pooling"][s] > means["max, F=S=2"][s] > means["max, F=S=4"][s] > means["max, F=S=8"][s] for s in shifts[1:]))
claim("windows of 8, moved by 8, still change by more than half", means["max, F=S=8"][8] > 0.5)
claim("global pooling does not change at all", changes["max, global"].abs().max() < 1e-5)

# %% [markdown] slideshow={"slide_type": "fragment"}
# This is what pooling buys, in pixels. Without it, one pixel changes the map almost as much as a new image
# would. Each larger window is calmer; none is invariant. Only **global** pooling, one window over the whole
# map, is *exactly* invariant: where something is no longer matters at all.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Drag the house yourself; this needs no kernel. With stride 1 the maps move along, and the three numbers stay.
# Now take stride 2 and move by one pixel. Then take stride 1 and max pooling over 2x2: which of the two kinds
# of global pooling still stays, and why?

# %% slideshow={"slide_type": "fragment"}
demos.show("equivariance")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does invariance cost?
#
# Whoever does not care where things are cannot say where they are. Two different images:

# %% slideshow={"slide_type": "fragment"}
here, there = torch.zeros(4, 4), torch.zeros(4, 4)
here[0, 0] = here[2, 3] = 9
there[1, 1] = there[3, 2] = 9
here_pooled, there_pooled = (max_pool2d(x[None, None], 2)[0, 0] for x in (here, there))
plotting.number_grids([here, here_pooled, there, there_pooled], ["one image", "pooled", "another image", "pooled"])

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("different images, the same pooled map", not torch.equal(here, there) and torch.equal(here_pooled, there_pooled))
same = 4 ** 4
claim(f"with one bright pixel in each window there are {same} such images", same == 256)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Nothing after the pooling can tell them apart, nor any of the 256 images that have one bright pixel in each
# window.
#
# Now measure both sides on scenes. From the same pooled features, two **linear probes** (least squares, with a
# small penalty on the weights) answer two questions:
#
# - *Where* is the animal? Error of its middle in pixels, on new scenes.
# - *What* is it, zebra or lion, when all training animals stood at the left, and those of the test stand at
#   the **right**?
#
# The filters are random, 16 of them, 5x5 in colour; filters, scenes and test are new for each of 3 seeds. We
# looked for a pair of animals that random filters tell apart, and then drew fresh seeds for what you see here.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "subslide"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "Zebra or lion, learned at the left and asked at the right. Which features answer well above chance?",
    "right": {
        "Only those of global pooling": "Yes. Every window that remembers its place has learned about the left only.",
    },
    "wrong": {
        "All of them": "Their weights for the right half of the picture have never seen an animal.",
        "Those with windows of 4 and more": "A window of 4 forgives a shift of 4. The animals moved by 20 and more.",
        "None: the animals were never seen there":
            "For global pooling there is no *there*: the features are the same at every place.",
    },
}])


# %% slideshow={"slide_type": "subslide"}
def probe(train_features, targets, test_features, penalty=0.1):
    """Least squares with a penalty, relative to the features' own size, on the weights: predictions for the test."""
    centre, middle = train_features.mean(0), targets.mean(0)
    x = train_features - centre
    products = x @ x.T
    products += penalty * products.diagonal().mean() * torch.eye(len(x))
    return (test_features - centre) @ (x.T @ torch.linalg.solve(products, targets - middle)) + middle


def places_and_labels(batch):
    boxes = batch["boxes"][:, 0]
    return (boxes[:, :2] + boxes[:, 2:]) / 2, 2.0 * batch["labels"][:, :1] - 1


def draw_scenes(count, seed, **where):
    recipe = savanna.Recipe(size=48, animals=("zebra", "lion"), scale=0.4, backgrounds=("plain", "gradient"), **where)
    batch = savanna.batch(recipe, count, seed=seed)
    return batch["images"].float() / 255, *places_and_labels(batch)


# %% slideshow={"slide_type": "subslide"}
window_sizes = (1, 2, 4, 8, 16, 48)
errors, accuracies, guesses = [], [], []
for seed in (10, 11, 12):
    filters = torch.randn(16, 3, 5, 5, generator=torch.Generator().manual_seed(seed))
    filters -= filters.mean((1, 2, 3), keepdim=True)
    anywhere, new = draw_scenes(200, seed), draw_scenes(100, 100 + seed)
    left, right = draw_scenes(200, 200 + seed, x=(0, 0.3)), draw_scenes(100, 300 + seed, x=(0.7, 1))
    maps = [torch.relu(conv2d(images, filters, padding=2)) for images, _, _ in (anywhere, new, left, right)]
    guesses.append((new[1] - anywhere[1].mean(0)).norm(dim=1).mean().item())
    for size in window_sizes:
        seen, unseen, at_left, at_right = (max_pool2d(m, size).flatten(1) for m in maps)
        errors.append((probe(seen, anywhere[1], unseen) - new[1]).norm(dim=1).mean())
        accuracies.append((probe(at_left, left[2], at_right).sign() == right[2]).float().mean())
errors, accuracies = torch.stack(errors).view(3, -1), torch.stack(accuracies).view(3, -1)

# %% slideshow={"slide_type": "fragment"}
ticks = ["1: none", "2", "4", "8", "16", "48: global"]
plotting.curves(ticks, {"where?": errors}, "size of the pooling window (pixels)", "error of the place (pixels)")

# %% slideshow={"slide_type": "subslide"}
plotting.curves(ticks, {"what? (chance is 50 %)": 100 * accuracies},
                "size of the pooling window (pixels)", "correct at the unseen side (%)")

# %% slideshow={"slide_type": "fragment"}
print("window ", *[f"{size:8}" for size in window_sizes])
print("error  ", *[f"{e.mean():4.1f}±{e.std():.1f}" for e in errors.T], "pixels; guessing the middle:", f"{sum(guesses) / 3:.1f}")
print("correct", *[f"{a.mean():5.0%}±{a.std():.0%}" for a in accuracies.T])
claim("the filters: 16 of 5x5 on 3 channels", tuple(filters.shape) == (16, 3, 5, 5))
claim("WHERE: up to windows of 16 a probe finds the animal to less than 7 pixels, in all 3 runs", errors[:, :5].max() < 7)
claim("with global pooling it is more than 9 pixels off, nearly a guess",
      errors[:, 5].min() > 9 and all(e > 0.8 * g for e, g in zip(errors[:, 5], guesses, strict=True)))
claim("WHAT, at the unseen side: on average above 85 % with global pooling", accuracies[:, 5].mean() > 0.85)
claim("and near chance, on average below 60 %, for every smaller window", accuracies[:, :5].mean(0).max() < 0.6)


# %% [markdown] slideshow={"slide_type": "subslide"}
# Both sides of the bargain. Global pooling knows *what* at a side where it never saw an animal, above 85 %,
# and cannot say *where*: more than 9 pixels off. With windows up to 16 it is the other way round: less than
# 7 pixels off, and near chance on what, below 60 %. Moderate windows even help a linear probe to find the
# animal; what they throw away below their own size is mostly noise to it.
#
# So pool globally to classify, and keep places where you need places: units 08 and 09.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is a convolution with stride 2 a kind of pooling?
#
# Both make a map smaller. Take the strided convolution apart: it is an ordinary convolution with stride 1,
# followed by **down-sampling**, which keeps every $S$-th row and column and throws the others away. A hard
# layer, composed of two easy ones.

# %% slideshow={"slide_type": "fragment"}
def downsample(x, stride):
    return x[:, :, ::stride, ::stride]


x, kernels = torch.randn(2, 3, 11, 12), torch.randn(5, 3, 3, 3)
composed = downsample(conv2d(x, kernels), 2)
counting = torch.arange(25.0).view(1, 1, 5, 5)
plotting.number_grids([counting[0, 0], downsample(counting, 2)[0, 0]], ["map", "down-sampled, S=2"])

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("convolution with stride 2 = convolution with stride 1, then down-sampling",
      torch.allclose(conv2d(x, kernels, stride=2), composed, atol=1e-5))
claim("max pooling with F=3, S=2 = max pooling with S=1, then down-sampling",
      torch.equal(max_pool2d(x, 3, 2), downsample(max_pool2d(x, 3, 1), 2)))
mean_kernel = torch.full((3, 1, 2, 2), 1 / 4)
claim("average pooling = a depthwise convolution whose weights are all 1/4, for F=2",
      torch.allclose(avg_pool2d(x, 2), conv2d(x, mean_kernel, stride=2, groups=3), atol=1e-6))


# %% [markdown] slideshow={"slide_type": "subslide"}
# This also gives the gradient for nothing. Down-sampling backward is **up-sampling with zeros**: the numbers
# that were thrown away get none. After that, the gradient of the ordinary convolution does the rest. You will
# write this in the assignment.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
def downsample_backward(upstream, stride, size):
    """The gradient of down-sampling: zeros in between, up to the size that came in."""
    gradient = upstream.new_zeros(*upstream.shape[:2], *size)
    gradient[:, :, ::stride, ::stride] = upstream
    return gradient


inputs = x.clone().requires_grad_()
upstream = torch.randn(composed.shape)
strided = torch.autograd.grad(conv2d(inputs, kernels, stride=2), inputs, upstream)[0]
stretched = downsample_backward(upstream, 2, (9, 10))
unstrided = torch.autograd.grad(conv2d(inputs, kernels), inputs, stretched)[0]
claim("the gradient of the strided convolution is that of the ordinary one, fed with zeros in between",
      torch.allclose(strided, unstrided, atol=1e-5))

# %% [markdown] slideshow={"slide_type": "subslide"}
# And what tells the two apart? A strided convolution has weights, so the network can learn how to shrink; it
# mixes the maps; and it never computes what it throws away. Pooling looks at everything, and has nothing to
# learn. Compare, for 64 maps of 56x56:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
learned = arithmetic.conv_parameters(64, 64, 3)
full = arithmetic.conv_multiplications(64, 64, 3, (56, 56))
quarter = arithmetic.conv_multiplications(64, 64, 3, (28, 28))
claim(f"a strided 3x3 convolution on 64 maps of 56x56 has {learned:,} parameters, pooling has 0", learned == 36928)
claim(f"convolution and then pooling takes {full / quarter:g} times the multiplications of the strided one", full == 4 * quarter)

by_one = {
    "stride 2": change(lambda x: downsample(features(x), 2), 1),
    "max": change(OUTPUTS["max, F=S=2"], 1),
    "average": change(lambda x: avg_pool2d(features(x), 2), 1),
}
claim("moved by 1 pixel, the strided layer changes by " + ", ".join(
    f"{by_one[k].mean():.0%}" for k in by_one) + " (stride 2, then max and average pooling)",
    by_one["stride 2"].mean() > by_one["average"].mean() > by_one["max"].mean())

# %% [markdown] slideshow={"slide_type": "fragment"}
# With 36,928 parameters and a quarter of the work the strided layer is popular (ResNets use it). It is also
# the one that notices most when the image moves.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Why is stride 2 so sensitive, and what helps?
#
# Look at one row of a map, a pattern with a period of four pixels, and move it by one:

# %% slideshow={"slide_type": "fragment"}
row = torch.tensor([0.0, 0, 1, 1, 0, 0, 1, 1]).view(1, 1, 1, 8)


def max_of_two(x):
    """Max over each number and its right neighbour, around the edge, at every place."""
    return torch.maximum(x, x.roll(-1, dims=-1))


def blurred(x):
    """(1, 2, 1)/4 along the row, around the edge."""
    return (x.roll(1, dims=-1) + 2 * x + x.roll(-1, dims=-1)) / 4


usual = [max_of_two(r)[..., ::2] for r in (row, moved(row, 1))]
gentle = [blurred(max_of_two(r))[..., ::2] for r in (row, moved(row, 1))]
plotting.number_grids([r[0, 0] for r in (row, usual[0], moved(row, 1), usual[1])],
                      ["row", "max, F=S=2", "moved by 1", "max, F=S=2"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# The same pattern becomes stripes, or all ones: it depends on how the windows happen to lie. The step of two
# samples the row too coarsely for what is in it. In signal processing this is **aliasing**, and the remedy is
# old: blur before you sample. Take the max at every place ($S=1$), blur, then down-sample: **blur-pool**.

# %% slideshow={"slide_type": "fragment"}
plotting.number_grids([g[0, 0] for g in gentle], ["blur-pool", "blur-pool, moved by 1"])


# %% slideshow={"slide_type": "subslide"}
def blur_pool(x):
    """Max over 2x2 at every place, blur with (1, 2, 1)/4 both ways, keep every second: circular borders."""
    x = max_pool2d(pad(x, (0, 1, 0, 1), mode="circular"), 2, stride=1)
    weights = torch.tensor([1.0, 2, 1]) / 4
    kernel = (weights[:, None] * weights).expand(x.shape[1], 1, 3, 3)
    return conv2d(around(x), kernel, stride=2, groups=x.shape[1])


softened = torch.stack([change(lambda x: blur_pool(features(x)), shift) for shift in shifts])
lines = {"max, F=S=2": changes["max, F=S=2"], "blur-pool": softened}
plotting.curves(shifts, {name: band(values) for name, values in lines.items()},
                "shift of the image (pixels)", "change of the output, mean ± s.d.")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("max pooling turns the row into 0, 1, 0, 1, and moved by one into 1, 1, 1, 1",
      [u.flatten().tolist() for u in usual] == [[0, 1, 0, 1], [1, 1, 1, 1]])
swings = [(pair[1] - pair[0]).abs().max().item() for pair in (usual, gentle)]
claim(f"the largest change is {swings[0]:g} with max pooling and {swings[1]:g} with blur-pool", swings == [1, 0.25])
claim(f"on 200 scenes 1 pixel changes max pooling by {changes['max, F=S=2'][1].mean():.0%}, blur-pool by {softened[1].mean():.0%}",
      (softened[1] < changes["max, F=S=2"][1]).all())

# %% [markdown] slideshow={"slide_type": "fragment"}
# The jump from 0 to 1 has become one of 0.25, and in each of the 200 scenes blur-pool changes less. It is not
# invariant either, it is only honest about half pixels.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Can pooling be undone?
#
# Not really: three numbers of four are gone. But networks that draw (segmentation, unit 09) must come back
# to the size of the image, and there are several ways to fill the gaps:
#
# - **max-unpooling** puts each maximum back where it came from, and zeros elsewhere. Max pooling has to
#   remember the places: `return_indices=True`.
# - **nearest** up-sampling repeats each number in its whole block.
# - **zeros in between**, which you have met as the gradient of down-sampling.

# %% slideshow={"slide_type": "fragment"}
maxima, places = max_pool2d(block[None, None], 2, return_indices=True)
back_in_place = max_unpool2d(maxima, places, 2)
repeated = maxima.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
plotting.number_grids([block, maxima[0, 0], places[0, 0], back_in_place[0, 0], repeated[0, 0]],
                      ["map", "max", "places", "max-unpooled", "nearest"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# A place is a number that counts the pixels of the map in reading order. On the photograph:

# %% slideshow={"slide_type": "subslide"}
tidy = grey[None, None, :, :212]
bright, where = max_pool2d(tidy, 2, return_indices=True)
unpooled = max_unpool2d(bright, where, 2)
nearest = bright.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
plotting.images([tidy[0, 0], unpooled[0, 0], nearest[0, 0]], ["photograph", "max-unpooled", "nearest"], height=1.7)

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("pool, unpool, pool again: the same as pooling once", torch.equal(max_pool2d(unpooled, 2), bright))
claim("the other way round it is not the photograph", not torch.allclose(unpooled, tidy, atol=0.1))
kept = unpooled != 0
claim(f"{kept.float().mean():.0%} of the pixels are back, each exactly as it was", torch.equal(unpooled[kept], tidy[kept]))
rms = [((picture - tidy) ** 2).mean().sqrt().item() for picture in (unpooled, nearest)]
claim(f"root mean square error: {rms[0]:.2f} max-unpooled, {rms[1]:.2f} nearest", rms[0] > rms[1])
ups = torch.randn(1, 1, 72, 106)
claim("unpooling is where the gradient of max pooling goes",
      torch.equal(max_unpool2d(ups, where, 2), torch_backward(ups, tidy, 2, 2, "max")))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Look at the last claim: max-unpooling sends numbers to the very places where the gradient of max pooling
# goes. It is no new operation at all. To the eye nearest is better; unpooling keeps the places exact, which
# matters for outlines.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How can one network take images of any size?
#
# Convolutions and pooling do not care how large an image is. The fully connected layer does: it has a weight
# for each number it reads. Put **global average pooling** before it, the mean of each map, and it always reads
# as many numbers as there are maps.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "64 maps of 7x7 go through global average pooling. How many numbers come out?",
    "right": {64: "Yes: the mean of each map, one number a map, for maps of any size."},
    "wrong": {
        1: "Pooling never mixes the maps: each has its own mean.",
        49: "That would be a mean over the maps at each place. Pooling goes over the places of each map.",
        3136: "Those are all the numbers, before pooling: 64 times 49.",
    },
    "otherwise": "One mean for each map.",
}])

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
backbone = nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
flat = nn.Sequential(backbone, nn.Flatten(), nn.Linear(64 * 16 * 16, 10))
glob = nn.Sequential(backbone, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
for side in (32, 48, 97):
    try:
        said = tuple(flat(torch.zeros(1, 3, side, side)).shape)
    except RuntimeError as error:
        said = f"RuntimeError: {error}"
    print(f"{side}x{side}  global pooling: {tuple(glob(torch.zeros(1, 3, side, side)).shape)}  flatten: {said}")
maps = backbone(torch.rand(2, 3, 14, 14))
claim("global average pooling of 64 maps of 7x7 is the mean of each map: 64 numbers",
      torch.allclose(nn.AdaptiveAvgPool2d(1)(maps).flatten(1), maps.mean((2, 3)), atol=1e-6) and maps.shape[1] == 64)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The network with `nn.Flatten` was made for one size and refuses all others. It also pays for its places.
# VGG-16, a famous network (unit 06), ends in 512 maps of 7x7 and a fully connected layer to 4096; later
# networks take the global average and go straight to their 1000 classes:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
heads = [nn.Linear(512 * 7 * 7, 4096, device="meta"), nn.Linear(512, 1000, device="meta")]
counts = [training.count_parameters(head) for head in heads]
claim(f"512 maps of 7x7, flattened, to 4096: {counts[0]:,} parameters", counts[0] == 512 * 49 * 4096 + 4096)
claim(f"512 maps, averaged, to 1000 classes: {counts[1]:,} parameters", counts[1] == 512 * 1000 + 1000)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which outputs stay when the image moves?
#
# Try it by hand; this needs no kernel. Slide the window and see which pixel wins. Then move the image by one
# pixel and watch which outputs stay. Find a stride with which they all move along, and a window so large that
# nothing changes.

# %% slideshow={"slide_type": "subslide"}
demos.show("pooling")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz
#
# Take a pencil. Every answer, right or wrong, is answered.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Quiz
size = arithmetic.output_size
claim("the right answers of these questions are computed",
      [size(13, 3, 2), size(size(32, 5), 2, 2), size(size(size(size(32, 5), 2, 2), 5), 2, 2)] == [6, 14, 5])
quiz.show([
    {
        "question": "256 maps of 13x13 are pooled with F=3, S=2. How long is the side of what comes out?",
        "right": {6: "Yes: (13 - 3)/2 + 1 = 6. And there are still 256 maps."},
        "wrong": {
            5: "10/2 = 5 steps, and one more place: the first.",
            7: "13/2 rounded up is not the formula: (13 - 3)/2 + 1.",
            4: "That is F=3, S=3. The stride is 2 here: the windows overlap.",
        },
        "otherwise": "(W1 - F)/S + 1 with W1=13, F=3, S=2.",
    },
    {
        "question": "32x32 pixels, a 5x5 convolution, pooling with F=2, S=2, and the same two again. How long is the side now?",
        "right": {5: "Yes: 32, 28, 14, 10, 5. You will meet this network in unit 05."},
        "wrong": {
            8: "Without padding a 5x5 convolution takes away 4 pixels each time.",
            7: "32, 28, 14: and then another convolution and another pooling.",
            6: "14 - 5 + 1 = 10, and half of it is 5.",
        },
        "otherwise": "One step after the other: 32 - 5 + 1 = 28, then half of it, and again.",
    },
])

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "subslide"} tags=["hide-input"]
# @title Quiz
quiz.show([
    {
        "question": "Which of these are exactly invariant when the image moves around by one pixel?",
        "right": {
            "Convolution, ReLU, global average pooling": "Yes: the mean over all places does not know places.",
            "Convolution, ReLU, global max pooling": "Yes: the maximum is the same wherever it is.",
        },
        "wrong": {
            "Convolution": "Its map moves along: that is equivariance.",
            "Convolution, ReLU, max pooling with F=2, S=2": "Approximately at best: maxima leave their windows.",
            "Convolution, ReLU, max pooling with F=2, S=1": "Its map moves along: equivariant, not invariant.",
        },
    },
    {
        "question": "What does max pooling do with a gradient of 1 that arrives at a window of 2x2?",
        "right": {"It gives 1 to the largest number and 0 to the others": "Yes: only the winner moved the output."},
        "wrong": {
            "It gives a quarter to each": "That is average pooling.",
            "It gives 1 to each": "Only one number can be the maximum.",
            "It stops it, as pooling has no parameters":
                "The gradient has to pass on to the layers below, which have some.",
        },
    },
    {
        "question": "A network of 20 convolutions without any detector is worth as much as",
        "right": {"one convolution with a large kernel": "Yes: linear after linear is linear."},
        "wrong": {
            "20 layers: depth is what counts": "Depth counts only with something non-linear in between.",
            "a network with ReLU whose units are all dead": "That one gives a constant. This one is at least linear.",
            "one convolution with a kernel of one pixel": "The windows add up: the merged kernel is as large as what the stack sees.",
        },
    },
])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - A convolution layer: convolution, detector, pooling. Detector and pooling have no parameters.
# - Without a detector two convolutions are one. Detect first, then pool, or what was found cancels.
# - ReLU sets negative numbers to 0, and lets the gradient pass where its input was positive. A unit that is
#   negative everywhere is dead for good.
# - Pooling works on each map by itself: $W_2 = (W_1-F)/S + 1$, rounded down; $D_2 = D_1$. `kernel_size` is the
#   size of its window, and the stride is the same if you say nothing.
# - Backward: max to the winner, average in equal parts, L2 in proportion.
# - Convolution is *equivariant*. Pooling makes it *approximately invariant*, global pooling exactly; the price
#   is the position.
# - A strided convolution is an ordinary one and down-sampling; unpooling is pooling's gradient.
# - Global average pooling makes any image size fit, and saves most of the parameters.
#
# **Now you:** [assignment 04](../exercises/04_detector_and_pooling/04_detector_and_pooling.ipynb). You will
# write every layer of this lecture, forward and backward, and measure invariance yourself.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Further reading
#
# - I. Goodfellow, Y. Bengio and A. Courville, [Deep
#   Learning](https://www.deeplearningbook.org/contents/convnets.html), 2016, chapter 9: the three stages, and
#   pooling as an infinitely strong prior.
# - X. Glorot, A. Bordes and Y. Bengio, [Deep sparse rectifier neural
#   networks](https://proceedings.mlr.press/v15/glorot11a.html), 2011: why ReLU.
# - R. Zhang, [Making convolutional networks shift-invariant again](https://arxiv.org/abs/1904.11486), 2019:
#   aliasing and blur-pool.
# - J. Springenberg and others, [Striving for simplicity: the all convolutional
#   net](https://arxiv.org/abs/1412.6806), 2015: strided convolutions in place of pooling.
# - M. Lin, Q. Chen and S. Yan, [Network in network](https://arxiv.org/abs/1312.4400), 2013: global average
#   pooling.
# - M. Zeiler and R. Fergus, [Visualizing and understanding convolutional
#   networks](https://arxiv.org/abs/1311.2901), 2014: unpooling with remembered places.
# - [`torch.nn.MaxPool2d`](https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html) and
#   [`torch.nn.MaxUnpool2d`](https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html), the
#   reference pages.
