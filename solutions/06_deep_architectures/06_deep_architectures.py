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

# %% [markdown]
# # Assignment 06 · Deep architectures

# %% [markdown] tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/exercises/06_deep_architectures/06_deep_architectures.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/exercises/06_deep_architectures/06_deep_architectures.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/exercises/06_deep_architectures/06_deep_architectures.ipynb)
#
# 100 points · 9 tasks graded by tests

# %% [markdown] nbgrader={"grade": false, "grade_id": "intro", "locked": true, "schema_version": 3, "solution": false, "task": false}
# In the lecture you met five famous networks. Here you count one to the last parameter, measure what a network
# sees, build the two blocks that made networks deep, and look at where a gradient goes and where a trained
# network looks.
#
# | task | you write | points |
# | --- | --- | ---: |
# | 1 | `resnet_parameters`: an architecture's table, counted | 14 |
# | 2 | `receptive_field`: by the formula | 8 |
# | 3 | `measured_field`: the same by a gradient | 8 |
# | 4 | `BasicBlock`: the residual block, and its plain twin | 16 |
# | 5 | `Inception`: four branches side by side | 12 |
# | 6 | `gradient_flow`: does the gradient arrive? | 8 |
# | 7 | `depthwise_separable`: the cheap convolution, and its price | 8 |
# | 8 | `patch_embedding`: the first layer of a vision transformer | 8 |
# | 9 | `saliency`: which pixels matter? | 8 |
# | 10 | a written answer: the colleague who sees overfitting | 10 |
# | | | **100** |
#
# **How a task works.** Read the statement, fill the cell under it in place of `raise NotImplementedError`, run
# it, then run the test cell below it. A ✔ is earned; a ✘ says what is wrong. Hidden tests with fresh numbers
# decide the rest of the points.
#
# **Stuck?** Each task has three hints, from a nudge to nearly there. They cost nothing. **The tasks are marked
# independently.**
#
# The networks of `utils.models` and of torchvision are there to be read. Calling them earns nothing: you build
# your own.

# %% tags=["setup"]
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

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F
from torch import nn


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_resnet_parameters", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 1 · An architecture's table, counted (14 points)
#
# A residual network is four numbers a row. Its table says: which block, how many of them in each stage, how
# wide each stage is. Everything else follows:
#
# - **Stem**: a 7x7 convolution from 3 channels to `widths[0]`, then batch norm. (Pooling has no parameters.)
# - **Stages**: stage $i$ has `counts[i]` blocks of width $W =$ `widths[i]`. The first block of every stage *but
#   the first stage* has stride 2; all others have stride 1.
# - **Basic block** (`"basic"`): 3x3 from its input channels $D$ to $W$, batch norm, 3x3 from $W$ to $W$, batch
#   norm. It puts out $W$ channels.
# - **Bottleneck block** (`"bottleneck"`): 1x1 from $D$ to $W$, batch norm, 3x3 from $W$ to $W$, batch norm, 1x1
#   from $W$ to $4W$, batch norm. It puts out $4W$ channels.
# - **Shortcut**: nothing if the block's output has the shape of its input. Where the channels change *or* the
#   stride is 2: a 1x1 convolution from $D$ to the block's output channels, and batch norm.
# - **Head**: the mean over all places, then a fully connected layer with biases to `num_classes`.
#
# No convolution has biases. A batch norm of $K$ channels has $2K$ parameters.
#
# **Worked example.** One stage with one basic block of width 4 and two classes: stem $3 \cdot 49 \cdot 4 + 8 =
# 596$, block $4\cdot4\cdot9 + 8 + 4\cdot4\cdot9 + 8 = 304$, no shortcut, head $4 \cdot 2 + 2 = 10$: together 910.
#
# Write `resnet_parameters(block, counts, widths=(64, 128, 256, 512), num_classes=1000)`. It returns an `int`.
# It raises `ValueError` if `block` is neither `"basic"` nor `"bottleneck"` (the message **holds what was
# given**), or if `counts` and `widths` differ in length (the message **holds both lengths**). ResNet-18 has
# $11{,}689{,}512$ parameters: the tests know it, you do not need to look it up.
#
# Count by arithmetic: no layers of PyTorch.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_resnet_parameters", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Walk through the network with one variable, `channels`: how many maps come in. Each block changes it.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# A small helper counts a convolution with its batch norm: `inputs * outputs * size**2 + 2 * outputs`. Stem,
# every layer of a block and the shortcut are all calls of it.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# For each stage `i` and block `n`: `stride = 2 if i > 0 and n == 0 else 1`, `out = width` or `4 * width`; add
# the layers; `if stride == 2 or channels != out:` add `conv(channels, out, 1)`; then `channels = out`. At the
# end `(channels + 1) * num_classes`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "resnet_parameters", "locked": false, "schema_version": 3, "solution": true, "task": false}
def resnet_parameters(block, counts, widths=(64, 128, 256, 512), num_classes=1000):
    """Number of parameters of a residual network with these stages."""
    ### BEGIN SOLUTION
    if block not in ("basic", "bottleneck"):
        raise ValueError(f"block={block!r}: expected 'basic' or 'bottleneck'")
    if len(counts) != len(widths):
        raise ValueError(f"{len(counts)} counts and {len(widths)} widths: one of each is needed for a stage")

    def conv(inputs, outputs, size):
        return inputs * outputs * size**2 + 2 * outputs

    channels = widths[0]
    total = conv(3, channels, 7)
    for stage, (count, width) in enumerate(zip(counts, widths)):
        for number in range(count):
            stride = 2 if stage > 0 and number == 0 else 1
            if block == "basic":
                out = width
                total += conv(channels, width, 3) + conv(width, width, 3)
            else:
                out = 4 * width
                total += conv(channels, width, 1) + conv(width, width, 3) + conv(width, out, 1)
            if stride == 2 or channels != out:
                total += conv(channels, out, 1)
            channels = out
    return total + channels * num_classes + num_classes
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_resnet_parameters", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
from random import Random

from utils import checks

task = checks.task(14)


def _count(block, counts, widths, classes, norm=2, bias=0, head_bias=1, shortcut="where needed", expansion=4, stem=7):
    def conv(inputs, outputs, size):
        return inputs * outputs * size**2 + (norm + bias) * outputs

    channels = widths[0]
    total = conv(3, channels, stem)
    for stage, (count, width) in enumerate(zip(counts, widths)):
        for number in range(count):
            out = width * (1 if block == "basic" else expansion)
            kernels = [(channels, width, 3), (width, width, 3)]
            if block != "basic":
                kernels = [(channels, width, 1), (width, width, 3), (width, out, 1)]
            total += sum(conv(*kernel) for kernel in kernels)
            first = number == 0
            projects = {
                "where needed": first and (stage > 0 or channels != out),
                "never": False,
                "always": True,
                "first of each stage": first,
                "not in the first stage": first and stage > 0,
                "channels differ": channels != out,
            }[shortcut]
            total += conv(channels, out, 1) if projects else 0
            channels = out
    return total + channels * classes + classes * head_bias


def _misconceptions(*table):
    return {
        "batch norm is left out: it has 2 parameters a channel": _count(*table, norm=0),
        "batch norm has a weight and a bias: 2 parameters a channel, not 1": _count(*table, norm=1),
        "the running mean and variance of batch norm are no parameters": _count(*table, norm=4),
        "the convolutions have no biases": _count(*table, bias=1),
        "the fully connected layer has biases": _count(*table, head_bias=0),
        "stride 2 needs a shortcut even where the channels stay": _count(*table, shortcut="channels differ"),
        "the shortcuts are left out: where the shape changes there is a 1x1 convolution": _count(*table, shortcut="never"),
        "a shortcut has parameters only where the shape changes, not in every block": _count(*table, shortcut="always"),
        "the first stage of basic blocks changes no shape: its shortcut has no parameters": _count(*table, shortcut="first of each stage"),
        "the first stage of bottleneck blocks needs a shortcut too: its channels grow fourfold": _count(
            *table, shortcut="not in the first stage"
        ),
        "a bottleneck block puts out four times its width": _count(*table, expansion=1),
        "the stem's kernel is 7x7": _count(*table, stem=3),
    }


def _check(*table):
    trace = checks.trace(resnet_parameters, *table)
    checks.avoids(trace, "torch.nn", "torchvision", "utils.models", instead="count by arithmetic")
    call = f"resnet_parameters{table}"
    checks.equal(trace.value, _count(*table), call, mistakes=lambda: _misconceptions(*table))


with task.part(2, "the worked example"):
    _check("basic", (1,), (4,), 2)

with task.part(3, "ResNet-18"):
    _check("basic", (2, 2, 2, 2), (64, 128, 256, 512), 1000)
    checks.equal(resnet_parameters("basic", (2, 2, 2, 2)), 11_689_512, 'resnet_parameters("basic", (2, 2, 2, 2))')

### BEGIN HIDDEN TESTS
with task.part(3, "ResNet-50"):
    _check("bottleneck", (3, 4, 6, 3), (64, 128, 256, 512), 1000)

with task.part(2, "fresh tables of basic blocks"):
    random = Random(601)
    for _ in range(6):
        stages = random.randint(2, 5)
        counts, widths = ([random.randint(1, 5) for _ in range(stages)], random.sample(range(3, 99), stages))
        _check("basic", counts, widths, random.randint(2, 50))

with task.part(2, "fresh tables of bottleneck blocks, and a stage as wide as the one before"):
    for _ in range(6):
        stages = random.randint(2, 5)
        counts, widths = ([random.randint(1, 5) for _ in range(stages)], random.sample(range(3, 99), stages))
        _check("bottleneck", counts, widths, random.randint(2, 50))
    _check("basic", [2, 3, 1], [8, 8, 8], 5)

with task.part(2, "tables that cannot be: an error that says so"):
    _check("basic", (1,), (4,), 2)
    checks.raises(ValueError, resnet_parameters, "wide", (2, 2), (8, 16), mentions=("wide",))
    checks.raises(ValueError, resnet_parameters, "basic", (2, 2, 2), (8, 16, 32, 64), mentions=("3", "4"))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_receptive_field", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 2 · How far does it see? By the formula (8 points)
#
# Two numbers describe what an output sees along one dimension: the **size** $r$ of its receptive field, and the **jump**
# $j$, by how many pixels the fields of neighbouring outputs are shifted. Before any layer $r = j = 1$. A layer
# with kernel $F$, stride $S$ and dilation $D$ makes of them
#
# $$r \leftarrow r + D(F-1)\,j \qquad\text{and then}\qquad j \leftarrow j\,S$$
#
# **Worked example.** 3x3 with stride 2, then 3x3: $r = 1 + 2\cdot1 = 3$, $j = 2$; then $r = 3 + 2 \cdot 2 = 7$,
# $j = 2$.
#
# Write `receptive_field(layers)`. `layers` is a list of dictionaries, first layer first: `"kernel_size"`, and
# where they are not 1 `"stride"` and `"dilation"`. It returns the tuple `(r, j)` of two `int`. It does not
# change `layers`. For no layers at all it returns `(1, 1)`.
#
# `utils.arithmetic` has such a function. Calling it earns nothing.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_receptive_field", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Loop over the layers with two variables. The order of the two updates matters.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `layer.get("stride", 1)` gives 1 where there is no stride.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `r += dilation * (kernel - 1) * j` first, then `j *= stride`: the stride of a layer shifts what comes *after*
# it.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "receptive_field", "locked": false, "schema_version": 3, "solution": true, "task": false}
def receptive_field(layers):
    """Size of the receptive field after these layers, and the jump between neighbours."""
    ### BEGIN SOLUTION
    size, jump = 1, 1
    for layer in layers:
        size += layer.get("dilation", 1) * (layer["kernel_size"] - 1) * jump
        jump *= layer.get("stride", 1)
    return size, jump
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_receptive_field", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from random import Random

from utils import checks

task = checks.task(8)


def _field(layers, jumps=True, early=False, dilated=True, less=1, added=False, start=1):
    size, jump = start, 1
    for layer in layers:
        stride = layer.get("stride", 1)
        after = jump + stride - 1 if added else jump * stride
        step = (after if early else jump) if jumps else 1
        size += (layer.get("dilation", 1) if dilated else 1) * (layer["kernel_size"] - less) * step
        jump = after
    return size, jump


def _misconceptions(layers):
    return {
        "the jump is left out: after a stride, neighbours stand further apart": _field(layers, jumps=False),
        "the stride of a layer counts for the layers after it, not for itself": _field(layers, early=True),
        "the dilation is ignored": _field(layers, dilated=False),
        "a kernel adds D(F - 1) jumps, not D * F": _field(layers, less=0),
        "jumps are multiplied by the stride, not added up": _field(layers, added=True),
        "before any layer an output sees 1 pixel, itself": _field(layers, start=0),
        "the answer is (size, jump), in this order": _field(layers)[::-1],
    }


def _check(layers):
    given = [dict(layer) for layer in layers]
    trace = checks.trace(receptive_field, given)
    checks.avoids(trace, "utils.arithmetic", "utils.models", instead="write the recursion yourself")
    checks.equal(trace.value, _field(layers), f"receptive_field({layers})", mistakes=lambda: _misconceptions(layers))


with task.part(2, "the worked example"):
    _check([{"kernel_size": 3, "stride": 2}, {"kernel_size": 3}])

with task.part(1, "dilation"):
    _check([{"kernel_size": 3, "dilation": d} for d in (1, 2, 4)])

### BEGIN HIDDEN TESTS
with task.part(4, "30 fresh stacks"):
    random = Random(602)
    for _ in range(30):
        layers = []
        for _ in range(random.randint(2, 7)):
            layer = {"kernel_size": random.randint(1, 7)}
            if random.random() < 0.6:
                layer["stride"] = random.randint(2, 3)
            if random.random() < 0.5:
                layer["dilation"] = random.randint(2, 4)
            layers.append(layer)
        _check([*layers, {"kernel_size": 3, "stride": 2, "dilation": 2}])

with task.part(1, "no layer, and one"):
    checks.equal(receptive_field([]), (1, 1), "receptive_field([])")
    _check([{"kernel_size": 5}])
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_measured_field", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 3 · How far does it see? Ask the gradient (8 points)
#
# A formula needs the layers. A gradient needs only the network: a pixel belongs to the receptive field of an
# output if the derivative of the output by the pixel is not zero.
#
# `stack` is given: convolutions with tanh between them, from 3 channels to 4. Leave it as it is.
#
# Write `measured_field(network, height, width)`:
#
# 1. make a random picture of shape $(1, 3, \text{height}, \text{width})$ and send it through `network`; maps of
#    shape $(1, K, H, W)$ come out;
# 2. take the output in the **middle**, at row $\lfloor H/2 \rfloor$ and column $\lfloor W/2 \rfloor$, all its
#    $K$ channels added up;
# 3. differentiate it by the picture;
# 4. return the tuple `(rows, columns)` of two `int`: height and width of the **smallest rectangle** that holds
#    all pixels whose derivative is not zero in some channel.
#
# **Worked example.** Two layers of 3x3: the middle sees a square, `(5, 5)`. One layer of 3x3 with dilation 2
# reads 9 pixels, and they lie in a rectangle of `(5, 5)`.
#
# The tests also give you networks whose weights are partly zero. There the formula is wrong, and the gradient
# is right. The gradients of the network's parameters (`.grad`) stay as they were.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_measured_field", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# The picture needs `requires_grad=True`. `torch.autograd.grad(number, picture)` returns a tuple with one
# gradient, and touches no parameter.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Add up the absolute values over the channels: a map of (height, width). `map.nonzero()` lists the rows and
# columns where it is not zero, one pair a line.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `places = gradient[0].abs().sum(0).nonzero()`, then `last = places.max(0).values`, `first =
# places.min(0).values`, and the rectangle has `last - first + 1` rows and columns. `.tolist()` makes `int` of
# them.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "measured_field", "locked": false, "schema_version": 3, "solution": true, "task": false}
def stack(*layers):
    """Given: convolutions with tanh between them. Each layer: the settings of nn.Conv2d after its channels."""
    modules = []
    for number, settings in enumerate(layers):
        modules += [nn.Conv2d(4 if number else 3, 4, **settings), nn.Tanh()]
    return nn.Sequential(*modules)


def measured_field(network, height, width):
    """Rows and columns of the rectangle of pixels that the middle output depends on."""
    ### BEGIN SOLUTION
    picture = torch.randn(1, 3, height, width, requires_grad=True)
    maps = network(picture)
    middle = maps[0, :, maps.shape[2] // 2, maps.shape[3] // 2].sum()
    (gradient,) = torch.autograd.grad(middle, picture)
    places = gradient[0].abs().sum(0).nonzero()
    rows, columns = (places.max(0).values - places.min(0).values + 1).tolist()
    return rows, columns
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_measured_field", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(8)


def _drawn(layers, zero=()):
    """A network of the student's `stack` with weights drawn here, and the same network here: (theirs, function)."""
    generator = torch.Generator().manual_seed(603)
    weights, channels = {}, 3
    for number, settings in enumerate(layers):
        size = settings["kernel_size"]
        height, width = size if isinstance(size, tuple) else (size, size)
        # away from zero, so that no derivative is small by chance, and small enough for tanh not to saturate
        drawn = torch.rand(4, channels, height, width, generator=generator) + 0.5
        weights[f"{2 * number}.weight"] = drawn / drawn.numel() ** 0.5 / 2
        weights[f"{2 * number}.bias"] = torch.zeros(4)
        channels = 4
    for name, rows, columns in zero:
        weights[name][:, :, rows, columns] = 0
    network = stack(*layers)
    network.load_state_dict(weights)

    def forward(x):
        for number, settings in enumerate(layers):
            settings = {k: v for k, v in settings.items() if k != "kernel_size"}
            x = torch.tanh(F.conv2d(x, weights[f"{2 * number}.weight"], weights[f"{2 * number}.bias"], **settings))
        return x

    return network, forward


def _check(height, width, layers, zero=()):
    network, forward = _drawn(layers, zero)
    picture = torch.zeros(1, 3, height, width, requires_grad=True)
    maps = forward(picture)

    def sensitive(output):
        return torch.autograd.grad(output.sum(), picture, retain_graph=True)[0][0].abs().sum(0)

    def rectangle(sensitivity):
        places = sensitivity.nonzero()
        return tuple((places.max(0).values - places.min(0).values + 1).tolist())

    middle = sensitive(maps[0, :, maps.shape[2] // 2, maps.shape[3] // 2])
    expected = rectangle(middle)

    def misconceptions():
        formula = [1, 1]
        for side in (0, 1):
            jump = 1
            for settings in layers:
                size, stride = settings["kernel_size"], settings.get("stride", 1)
                size = size[side] if isinstance(size, tuple) else size
                formula[side] += settings.get("dilation", 1) * (size - 1) * jump
                jump *= stride
        return {
            "that is what all outputs together see: differentiate the one in the middle": rectangle(sensitive(maps)),
            "that is an output in the corner, which the border cuts off": rectangle(sensitive(maps[0, :, 0, 0])),
            "rows and columns are swapped": expected[::-1],
            "the last place counts too: last - first + 1": tuple(side - 1 for side in expected),
            "these rows and columns have pixels that matter; the rectangle counts the holes between them too": (
                int((middle.sum(1) != 0).sum()),
                int((middle.sum(0) != 0).sum()),
            ),
            "that is the formula: some weights are zero, ask the gradient": tuple(formula),
            "the picture is `height` rows and `width` columns": (expected[0], expected[0]),
        }

    call = f"measured_field(stack(*{layers}), {height}, {width})"
    got = measured_field(network, height, width)
    checks.equal(got, expected, call, mistakes=misconceptions)
    return network


with task.part(1, "two layers of 3x3"):
    _check(15, 17, [{"kernel_size": 3}, {"kernel_size": 3}])

with task.part(1, "dilation leaves holes"):
    _check(21, 21, [{"kernel_size": 3, "dilation": 2}, {"kernel_size": 2, "dilation": 4}])

### BEGIN HIDDEN TESTS
with task.part(2, "strides, padding and oblong kernels"):
    _check(33, 30, [{"kernel_size": (3, 5), "stride": 2, "padding": 1}, {"kernel_size": (2, 3), "padding": 1}])
    _check(40, 44, [{"kernel_size": (5, 2), "stride": 3}, {"kernel_size": 1}, {"kernel_size": (2, 3)}])

with task.part(3, "weights that are zero, where the formula is wrong"):
    _check(15, 16, [{"kernel_size": 5}, {"kernel_size": 3}], [("0.weight", 0, slice(None)), ("0.weight", 4, slice(None))])
    _check(17, 15, [{"kernel_size": 3}, {"kernel_size": 5}], [("2.weight", slice(None), slice(1, None))])

with task.part(1, "the parameters' gradients stay as they were"):
    network = _check(12, 13, [{"kernel_size": 3}])
    checks.equal([name for name, p in network.named_parameters() if p.grad is not None], [], "parameters with a .grad")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_basic_block", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 4 · The residual block, and its plain twin (16 points)
#
# Write the class `BasicBlock(nn.Module)` with `__init__(self, in_channels, width, stride=1, residual=True)`.
# With $f$ for two convolutions with batch norm,
#
# $$f(x) = \text{bn2}(\text{conv2}(\text{ReLU}(\text{bn1}(\text{conv1}(x)))))$$
#
# it computes $\text{ReLU}(f(x) + \text{shortcut}(x))$, and with `residual=False`, the plain twin,
# $\text{ReLU}(f(x))$.
#
# | name | layer |
# | --- | --- |
# | `conv1` | 3x3 from `in_channels` to `width`, with this `stride`, padding 1, no bias |
# | `bn1` | `nn.BatchNorm2d(width)` |
# | `conv2` | 3x3 from `width` to `width`, stride 1, padding 1, no bias |
# | `bn2` | `nn.BatchNorm2d(width)` |
# | `downsample` | only where the shape changes (other channels, or stride 2) **and** `residual` is true: `nn.Sequential` of a 1x1 convolution with this `stride` and no bias, and batch norm |
#
# Where the shape stays, the shortcut is $x$ itself, and the block has no parameter named `downsample...`.
# Pictures of shape $(B, \text{in}\_\text{channels}, H, W)$ come in, maps of $(B, \text{width}, \lceil
# H/\text{stride}\rceil, \lceil W/\text{stride}\rceil)$ go out. The input is not changed.
#
# **A check to do by hand.** Set `bn2`'s weight and bias to zero. Then $f(x) = 0$, and what comes out of the
# residual block is $\text{ReLU}(x)$; out of the plain one comes nothing.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_basic_block", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Everything with parameters is made in `__init__`. Make `downsample` only where you need it, and remember in
# `forward` which of the three cases you have.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `nn.Identity()` has no parameters: it can stand for the shortcut where the shape stays. Where is the last
# ReLU: before or after the addition?
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `out = F.relu(self.bn1(self.conv1(x)))`, `out = self.bn2(self.conv2(out))`, then `if self.residual: out = out +
# self.downsample(x)`, and `return F.relu(out)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "basic_block", "locked": false, "schema_version": 3, "solution": true, "task": false}
class BasicBlock(nn.Module):
    """Two 3x3 convolutions with batch norm and, if residual, a shortcut around them."""

    def __init__(self, in_channels, width, stride=1, residual=True):
        ### BEGIN SOLUTION
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.residual = residual
        self.downsample = nn.Identity()
        if residual and (stride != 1 or in_channels != width):
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, width, 1, stride, bias=False), nn.BatchNorm2d(width)
            )
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.residual:
            out = out + self.downsample(x)
        return F.relu(out)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_basic_block", "locked": true, "points": 16, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(16)
generator = torch.Generator().manual_seed(604)


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _weights(in_channels, width, stride, residual):
    convs = {"conv1": (width, in_channels, 3, 3), "conv2": (width, width, 3, 3)}
    norms = ["bn1", "bn2"]
    if residual and (stride != 1 or in_channels != width):
        convs["downsample.0"] = (width, in_channels, 1, 1)
        norms.append("downsample.1")
    weights = {f"{name}.weight": _draw(*shape) / (shape[1] * shape[2] ** 2) ** 0.5 for name, shape in convs.items()}
    for name in norms:
        weights |= {f"{name}.{key}": _draw(width) for key in ("weight", "bias", "running_mean")}
        weights[f"{name}.running_var"] = _draw(width).square() + 0.5
        weights[f"{name}.num_batches_tracked"] = torch.tensor(0)
    return weights


def _block(in_channels, width, stride=1, residual=True):
    """The student's block, made with these arguments, and the weights, drawn here, that it was given."""
    weights = _weights(in_channels, width, stride, residual)
    arguments = (in_channels, width, stride, residual)
    trace = checks.trace(BasicBlock, *arguments)
    checks.avoids(trace, "torchvision", "utils.models", instead="build the block yourself")
    block = BasicBlock(*arguments)
    got = {name: tuple(tensor.shape) for name, tensor in block.state_dict().items()}
    what = f"the parameters of BasicBlock{arguments} and their shapes"
    biased = {f"{name}.bias" for name in ("conv1", "conv2", "downsample.0")} & set(got)
    if biased:
        raise checks.CheckFailed(f"{what}: there is {min(biased)}, but the convolutions have no bias", "conv bias")
    unneeded = {name for name in got if "downsample" in name} - set(weights)
    if unneeded:
        raise checks.CheckFailed(f"{what}: there is {min(unneeded)}, but this block needs no downsample", "downsample")
    checks.equal(got, {name: tuple(tensor.shape) for name, tensor in weights.items()}, what)
    block.load_state_dict(weights)
    return block, weights


def _forward(weights, x, stride, residual, training, **changed):
    options = {"middle": True, "last": True, "add": "before", "bn1": True, "bn2": True, "norm": True, "first": "stride"}
    options |= changed

    def norm(name, x):
        parts = [weights[f"{name}.{key}"] for key in ("running_mean", "running_var", "weight", "bias")]
        return F.batch_norm(x, parts[0].clone(), parts[1].clone(), *parts[2:], training, 0.1, 1e-5)

    def conv(name, x, stride, padding):
        return F.conv2d(x, weights[f"{name}.weight"], None, stride, padding)

    strides = (stride, 1) if options["first"] == "stride" else (1, stride)
    out = conv("conv1", x, strides[0], 1)
    out = norm("bn1", out) if options["bn1"] else out
    out = F.relu(out) if options["middle"] else out
    out = conv("conv2", out, strides[1], 1)
    out = norm("bn2", out) if options["bn2"] else out
    short = x
    if "downsample.0.weight" in weights:
        short = conv("downsample.0", x, stride, 0)
        short = norm("downsample.1", short) if options["norm"] else short
    if not residual or options["add"] == "never":
        return F.relu(out) if options["last"] else out
    if options["add"] == "after":
        return F.relu(out) + short
    if options["add"] == "both":
        return F.relu(F.relu(out) + short)
    return F.relu(out + short) if options["last"] else out + short


def _check(block, weights, x, stride=1, residual=True, training=False):
    block.train() if training else block.eval()
    block.load_state_dict(weights)
    expected = _forward(weights, x, stride, residual, training)

    def misconceptions():
        def wrong(**changed):
            return _forward(weights, x, stride, residual, training, **changed)

        return {
            "the shortcut is missing: add x, or what downsample makes of it": wrong(add="never"),
            "the last ReLU comes after the addition, not before it": wrong(add="after"),
            "there is one ReLU too many: f(x) is added as it is": wrong(add="both"),
            "the last ReLU is missing": wrong(last=False),
            "the ReLU between the two convolutions is missing": wrong(middle=False),
            "bn1 is missing": wrong(bn1=False),
            "bn2 is missing": wrong(bn2=False),
            "the batch norm of the shortcut is missing": wrong(norm=False),
            "the stride belongs to conv1, not to conv2": wrong(first="conv2"),
            "the plain block has no shortcut": _forward(weights, x, stride, True, training) if weights["conv1.weight"].shape[0] == x.shape[1] and stride == 1 else None,
            "the maps are those of the other mode, training or evaluation": _forward(weights, x, stride, residual, not training),
        }

    given = x.clone()
    mode = "training" if training else "evaluation"
    what = f"the maps of x {tuple(x.shape)}, stride={stride}, residual={residual}, in {mode} mode"
    got = block(given)
    checks.close(got, expected, what, mistakes=misconceptions)
    return given


with task.part(2, "layers, their names and shapes"):
    _block(3, 3)
    _block(3, 5, 2)

with task.part(3, "values where the shape stays"):
    _check(*_block(4, 4), _draw(2, 4, 6, 7))

### BEGIN HIDDEN TESTS
with task.part(3, "values where the channels change, or the stride is 2"):
    for in_channels, width, stride in [(3, 5, 1), (4, 6, 2), (4, 4, 2)]:
        _check(*_block(in_channels, width, stride), _draw(2, in_channels, 7, 8), stride)

with task.part(2, "the plain twin"):
    _check(*_block(4, 4, 1, False), _draw(2, 4, 6, 5), 1, False)
    _check(*_block(3, 5, 2, False), _draw(2, 3, 6, 5), 2, False)

with task.part(2, "training mode, and the input stays as it was"):
    block, weights = _block(4, 6, 2)
    _check(block, weights, _draw(3, 4, 6, 8), 2, training=True)
    x = _draw(2, 5, 6, 6)
    checks.close(_check(*_block(5, 5), x), x, "x after the call: its values were changed")

with task.part(3, "the gradient goes through the shortcut"):
    for in_channels, width, stride, residual in [(4, 4, 1, True), (3, 5, 2, True), (4, 4, 1, False)]:
        block, weights = _block(in_channels, width, stride, residual)
        block.eval()
        x = _draw(2, in_channels, 5, 5)
        shape = _forward(weights, x, stride, residual, False).shape
        upstream = _draw(*shape)
        value, (gradient,) = checks.gradient(block, x, upstream=upstream)
        x.requires_grad_()
        expected = torch.autograd.grad(_forward(weights, x, stride, residual, False), x, upstream)[0]
        checks.close(gradient, expected, f"the gradient with respect to x, stride={stride}, residual={residual}")

with task.part(1, "with bn2 at zero the residual block is ReLU, the plain one nothing"):
    for residual in (True, False):
        block, weights = _block(4, 4, 1, residual)
        weights |= {"bn2.weight": torch.zeros(4), "bn2.bias": torch.zeros(4)}
        block.load_state_dict(weights)
        x = _draw(2, 4, 5, 5)
        expected = F.relu(x) if residual else torch.zeros_like(x)
        checks.close(block(x), expected, f"the maps with bn2 at zero, residual={residual}")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_inception", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 5 · Four branches side by side (12 points)
#
# Write the class `Inception(nn.Module)` with `__init__(self, in_channels, ones, before_threes, threes,
# before_fives, fives, after_pooling)`: the block of GoogLeNet as it was published, without batch norm. All but
# the first argument are numbers of filters.
#
# | branch | layers | maps |
# | --- | --- | --- |
# | 1 | `branch1`: 1x1 | `ones` |
# | 2 | `branch2a`: 1x1 to `before_threes`, then `branch2b`: 3x3 | `threes` |
# | 3 | `branch3a`: 1x1 to `before_fives`, then `branch3b`: 5x5 | `fives` |
# | 4 | max pooling 3x3 with stride 1, then `branch4`: 1x1 | `after_pooling` |
#
# Each of the six layers is an `nn.Conv2d` with bias, **under these names**, and a ReLU follows **each** of
# them. Height and width stay: choose the paddings. `forward(self, x)` takes maps $(B, \text{in}\_\text{channels}, H,
# W)$ and lays the four results behind each other along the channels, in the order of the table: $(B,
# \text{ones} + \text{threes} + \text{fives} + \text{after}\_\text{pooling}, H, W)$.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_inception", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# All four branches read the same `x`. Nothing is added up: the branches are laid behind each other.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Same-size paddings are 0, 1 and 2 for kernels of 1, 3 and 5. Pooling of 3x3 with stride 1 needs padding 1 as
# well.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `third = F.relu(self.branch3b(F.relu(self.branch3a(x))))`, `fourth = F.relu(self.branch4(F.max_pool2d(x, 3,
# stride=1, padding=1)))`, and `torch.cat([first, second, third, fourth], 1)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "inception", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Inception(nn.Module):
    """Kernels of 1x1, 3x3 and 5x5 and pooling side by side."""

    def __init__(self, in_channels, ones, before_threes, threes, before_fives, fives, after_pooling):
        ### BEGIN SOLUTION
        super().__init__()
        self.branch1 = nn.Conv2d(in_channels, ones, 1)
        self.branch2a = nn.Conv2d(in_channels, before_threes, 1)
        self.branch2b = nn.Conv2d(before_threes, threes, 3, padding=1)
        self.branch3a = nn.Conv2d(in_channels, before_fives, 1)
        self.branch3b = nn.Conv2d(before_fives, fives, 5, padding=2)
        self.branch4 = nn.Conv2d(in_channels, after_pooling, 1)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        first = F.relu(self.branch1(x))
        second = F.relu(self.branch2b(F.relu(self.branch2a(x))))
        third = F.relu(self.branch3b(F.relu(self.branch3a(x))))
        fourth = F.relu(self.branch4(F.max_pool2d(x, 3, stride=1, padding=1)))
        return torch.cat([first, second, third, fourth], 1)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_inception", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(12)
generator = torch.Generator().manual_seed(605)


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _made(*filters):
    """The student's block and the weights, drawn here, that it was given."""
    channels, ones, before_threes, threes, before_fives, fives, after_pooling = filters
    shapes = {
        "branch1": (ones, channels, 1, 1),
        "branch2a": (before_threes, channels, 1, 1),
        "branch2b": (threes, before_threes, 3, 3),
        "branch3a": (before_fives, channels, 1, 1),
        "branch3b": (fives, before_fives, 5, 5),
        "branch4": (after_pooling, channels, 1, 1),
    }
    trace = checks.trace(Inception, *filters)
    checks.avoids(trace, "torchvision", "utils.models", instead="build the block yourself")
    block = Inception(*filters)
    weights = {f"{name}.weight": _draw(*shape) / (shape[1] * shape[2] ** 2) ** 0.5 for name, shape in shapes.items()}
    weights |= {f"{name}.bias": _draw(shape[0]) / 2 for name, shape in shapes.items()}
    got = {name: tuple(tensor.shape) for name, tensor in block.state_dict().items()}
    expected = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    checks.equal(got, expected, f"the parameters of Inception{filters} and their shapes")
    block.load_state_dict(weights)
    return block, weights


def _forward(weights, x, inner=True, outer=True, pool="max", order=(0, 1, 2, 3), source="x", pool_first=True):
    def conv(name, x, relu):
        size = weights[f"{name}.weight"].shape[-1]
        out = F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=size // 2)
        return F.relu(out) if relu else out

    def pooled(x):
        if pool == "max":
            return F.max_pool2d(x, 3, 1, 1)
        return F.avg_pool2d(x, 3, 1, 1) if pool == "mean" else x

    fourth = conv("branch4", pooled(x), outer) if pool_first else pooled(conv("branch4", x, outer))
    branches = [
        conv("branch1", x, outer),
        conv("branch2b", conv("branch2a", x, inner), outer),
        conv("branch3b", conv("branch3a", x, inner), outer),
        fourth,
    ]
    return torch.cat([branches[i] for i in order], 1)


def _check(block, weights, x):
    def misconceptions():
        return {
            "a ReLU follows each of the six layers, also the 1x1 before 3x3 and 5x5": _forward(weights, x, inner=False),
            "a ReLU follows each of the six layers, also the last of each branch": _forward(weights, x, outer=False),
            "there is no ReLU at all": _forward(weights, x, inner=False, outer=False),
            "branch 4 takes the maximum, not the mean": _forward(weights, x, pool="mean"),
            "the pooling of branch 4 is missing": _forward(weights, x, pool="none"),
            "in branch 4 the pooling comes before the 1x1": _forward(weights, x, pool_first=False),
            "the branches are in another order: 1x1, 3x3, 5x5, pooling": _forward(weights, x, order=(3, 0, 1, 2)),
            "the branches are in the opposite order: 1x1, 3x3, 5x5, pooling": _forward(weights, x, order=(3, 2, 1, 0)),
        }

    expected = _forward(weights, x)
    checks.close(block(x), expected, f"the maps of x {tuple(x.shape)}", mistakes=misconceptions)


with task.part(2, "six layers, their names and shapes"):
    _made(6, 3, 4, 5, 2, 3, 2)

with task.part(3, "maps of 2 pictures"):
    _check(*_made(6, 3, 4, 5, 2, 3, 2), _draw(2, 6, 7, 8))

### BEGIN HIDDEN TESTS
with task.part(4, "other numbers of filters and sizes of maps"):
    for filters, size in [((4, 2, 3, 2, 3, 2, 2), (5, 9)), ((8, 1, 2, 6, 1, 4, 3), (6, 6)), ((3, 3, 3, 3, 3, 3, 3), (9, 4))]:
        _check(*_made(*filters), _draw(3, filters[0], *size))

with task.part(1, "one picture of one pixel"):
    _check(*_made(5, 2, 3, 4, 2, 3, 1), _draw(1, 5, 1, 1))

with task.part(2, "the gradient reaches the input through all branches"):
    block, weights = _made(6, 3, 4, 5, 2, 3, 2)
    x, upstream = _draw(2, 6, 6, 5), _draw(2, 13, 6, 5)
    value, (gradient,) = checks.gradient(block, x, upstream=upstream)
    x.requires_grad_()
    expected = torch.autograd.grad(_forward(weights, x), x, upstream)[0]
    checks.close(gradient, expected, "the gradient with respect to x")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_gradient_flow", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 6 · Does the gradient arrive? (8 points)
#
# A layer learns from the gradient that reaches it. `Tower` is given: layers of ReLU, 3x3 convolution and, if
# wanted, batch norm and skip connections. `tower.maps(x)` returns the list of maps, from those before the first
# layer to the last ones, and `tower.head(maps)` makes scores of the last ones. Leave it as it is.
#
# Write `gradient_flow(tower, x, labels)`. It returns the tuple `(norms, verdict)`:
#
# - `norms`, a list of `float`: for each item of `tower.maps(x)`, in that order, the Euclidean norm of the
#   gradient of the **mean** cross-entropy of the scores by that item: the root of the sum of the squares of all
#   its numbers, over the whole batch;
# - `verdict`, a `str`, from the first norm divided by the last: `"vanishes"` below $0.001$, `"explodes"` above
#   $1000$, else `"arrives"`.
#
# The tower stays in the mode it is in, and the `.grad` of its parameters stay as they were: it is a
# measurement, not a training step.
#
# **Worked example.** Norms of $2\cdot10^{-9}$, $10^{-5}$ and $10^{-2}$: the ratio is $2\cdot10^{-7}$, and the
# gradient vanishes.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_gradient_flow", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Keep the list of maps: the gradients are taken by its items. The scores must be computed from the *last* of
# these very tensors.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `torch.autograd.grad(loss, maps)` returns a gradient for each of them, and touches no parameter.
# `gradient.norm()` is the root of the sum of all squares.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `maps = tower.maps(x)`, `loss = F.cross_entropy(tower.head(maps[-1]), labels)`, `norms = [g.norm().item() for
# g in torch.autograd.grad(loss, maps)]`, then `ratio = norms[0] / norms[-1]`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "gradient_flow", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Tower(nn.Module):
    """Given: layers of ReLU, 3x3 convolution and, if wanted, batch norm and skip connections. Pictures (B, 1, H, W)."""

    def __init__(self, depth, skip, norm, channels=4):
        super().__init__()
        self.skip = skip
        self.first = nn.Conv2d(1, channels, 3, padding=1)
        self.convs = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(depth))
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels) if norm else nn.Identity() for _ in range(depth))
        self.fc = nn.Linear(channels, 3)

    def maps(self, x):
        maps = [self.first(x)]
        for conv, norm in zip(self.convs, self.norms):
            out = norm(conv(F.relu(maps[-1])))
            maps.append(maps[-1] + out if self.skip else out)
        return maps

    def head(self, maps):
        return self.fc(F.relu(maps).mean((2, 3)))


def gradient_flow(tower, x, labels):
    """Norms of the gradients at all maps, and whether the gradient vanishes, explodes or arrives."""
    ### BEGIN SOLUTION
    maps = tower.maps(x)
    loss = F.cross_entropy(tower.head(maps[-1]), labels)
    norms = [gradient.norm().item() for gradient in torch.autograd.grad(loss, maps)]
    ratio = norms[0] / norms[-1]
    return norms, "vanishes" if ratio < 0.001 else "explodes" if ratio > 1000 else "arrives"
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_gradient_flow", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(8)
generator = torch.Generator().manual_seed(606)


def _tower(depth, skip, norm, scale):
    """The student's Tower with weights drawn here, and the weights."""
    shapes = {"first.weight": (4, 1, 3, 3), "first.bias": (4,), "fc.weight": (3, 4), "fc.bias": (3,)}
    for layer in range(depth):
        shapes |= {f"convs.{layer}.weight": (4, 4, 3, 3), f"convs.{layer}.bias": (4,)}
    weights = {name: torch.randn(*shape, generator=generator) * (scale if "convs" in name else 1.0) for name, shape in shapes.items()}
    # so that no ReLU shuts a whole layer off
    weights |= {name: value.abs() + 0.05 for name, value in weights.items() if "convs" in name and "bias" in name}
    if norm:
        for layer in range(depth):
            values = {"weight": torch.ones(4), "bias": torch.zeros(4), "running_mean": torch.zeros(4), "running_var": torch.ones(4)}
            weights |= {f"norms.{layer}.{key}": value for key, value in values.items()}
            weights[f"norms.{layer}.num_batches_tracked"] = torch.tensor(0)
    tower = Tower(depth, skip, norm)
    tower.load_state_dict(weights)
    return tower, weights


def _gradients(weights, x, labels, skip, norm, training, reduction="mean"):
    maps = [F.conv2d(x, weights["first.weight"].requires_grad_(), weights["first.bias"], padding=1)]
    for layer in range(sum(name.startswith("convs") for name in weights) // 2):
        out = F.conv2d(F.relu(maps[-1]), weights[f"convs.{layer}.weight"], weights[f"convs.{layer}.bias"], padding=1)
        if norm:
            mean, var = torch.zeros(4), torch.ones(4)
            out = F.batch_norm(out, mean, var, weights[f"norms.{layer}.weight"], weights[f"norms.{layer}.bias"], training)
        maps.append(maps[-1] + out if skip else out)
    scores = F.linear(F.relu(maps[-1]).mean((2, 3)), weights["fc.weight"], weights["fc.bias"])
    return torch.autograd.grad(F.cross_entropy(scores, labels, reduction=reduction), maps), maps


def _verdict(norms):
    ratio = norms[0] / norms[-1]
    return "vanishes" if ratio < 0.001 else "explodes" if ratio > 1000 else "arrives"


def _check(depth, skip, norm, scale, verdict=None, training=True):
    tower, weights = _tower(depth, skip, norm, scale)
    tower.train() if training else tower.eval()
    x = torch.randn(5, 1, 5, 6, generator=generator)
    labels = torch.randint(3, (5,), generator=generator)
    settings = (weights, x, labels, skip, norm, training)
    gradients, maps = _gradients(*settings)
    norms = [g.norm().item() for g in gradients]
    call = f"gradient_flow(Tower({depth}, skip={skip}, norm={norm}), ...)"
    result = gradient_flow(tower, x, labels)
    got = checks.item(result, 0, call)

    def misconceptions():
        def of(function):
            return [float(function(g)) for g in gradients]

        return {
            "the loss is the mean over the batch, not the sum": [g.norm().item() for g in _gradients(*settings, "sum")[0]],
            "these are the norms of the maps: ask for those of the gradients": [m.norm().item() for m in maps],
            "that is the sum of the squares: take the root": of(lambda g: g.square().sum()),
            "that is the mean of the absolute values, not the Euclidean norm": of(lambda g: g.abs().mean()),
            "that is the root of the mean of the squares, not of their sum": of(lambda g: g.square().mean().sqrt()),
            "that is the largest value, not the Euclidean norm": of(lambda g: g.abs().max()),
            "the norms are in the opposite order: from the first maps to the last": norms[::-1],
            "the maps before the first layer count too: one norm for each item of tower.maps(x)": norms[1:],
            "the tower was measured in the other mode: leave it in the mode it is in": [
                g.norm().item() for g in _gradients(*settings[:-1], not training)[0]
            ],
        }

    _same_length = isinstance(got, list) and len(got) == len(norms)
    mistakes = misconceptions()
    checks.close(got, norms, f"the norms of {call}", mistakes=mistakes, rtol=1e-3, atol=1e-30 if _same_length else 0.0)
    expected = _verdict(norms)
    wrong = {
        "the ratio is the first norm by the last, not the other way round": _verdict(norms[::-1]),
    }
    checks.equal(checks.item(result, 1, call), expected, f"the verdict of {call}", mistakes=wrong)
    if verdict is not None:
        checks.equal(expected, verdict, "the case that this test means to show")
    return tower


with task.part(1, "a short tower"):
    _check(2, False, False, 0.3)

with task.part(1, "a deep plain tower"):
    _check(12, False, False, 0.08, "vanishes")

### BEGIN HIDDEN TESTS
with task.part(3, "skip connections and batch norm, in training mode"):
    for skip, norm in [(True, False), (False, True), (True, True)]:
        _check(6, skip, norm, 0.25)
    _check(12, True, False, 0.05, "arrives")

with task.part(1, "weights that are too large"):
    _check(10, False, False, 1.5, "explodes")

with task.part(1, "in evaluation mode, and the tower stays in it"):
    tower = _check(4, True, True, 0.6, training=False)
    checks.equal(tower.training, False, "tower.training after the call")

with task.part(1, "no parameter's .grad is touched"):
    tower = _check(3, True, True, 0.3)
    touched = [name for name, p in tower.named_parameters() if p.grad is not None]
    checks.equal(touched, [], "the parameters with a .grad after the call")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_separable", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 7 · The cheap convolution, and its price (8 points)
#
# A depthwise separable convolution looks at neighbours first, each channel for itself, and mixes channels
# afterwards:
#
# $$\text{middle}[b, d] = x[b, d] \star \text{depthwise}[d] \qquad\qquad \text{out}[b, k, i, j] = \sum_d \text{pointwise}[k, d]\,\text{middle}[b, d, i, j]$$
#
# where $\star$ is the cross-correlation that `F.conv2d` computes.
#
# Write two functions.
#
# `depthwise_separable(x, depthwise, pointwise, stride=1, padding=0)`: maps $x$ of shape $(B, D, H, W)$, one
# kernel a channel, `depthwise` of shape $(D, F, F)$, and `pointwise` of shape $(K, D)$. The stride and the
# padding (zeros on both sides) belong to the depthwise step. It returns maps $(B, K, H_2, W_2)$. You may use
# `F.conv2d`. Autograd must be able to go through.
#
# `multiply_adds(in_channels, out_channels, kernel_size, height, width)`: the tuple of two `int`, `(ordinary,
# separable)`: the multiplications for **one** picture, of an ordinary convolution and of a separable one, if
# the **output** has `height` x `width` places. Biases there are none.
#
# **Worked example.** $D = 2$, $K = 4$, $F = 3$, 5x5 places: ordinary $25 \cdot 9 \cdot 2 \cdot 4 = 1800$,
# separable $25 \cdot (9 \cdot 2 + 2 \cdot 4) = 650$.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_separable", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# `F.conv2d` wants weights of shape (filters, channels a filter reads, height, width). With `groups` equal to
# the channels, each filter reads one channel.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `depthwise[:, None]` has shape (D, 1, F, F). The pointwise step is a 1x1 convolution, or an `einsum` over the
# channels.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `middle = F.conv2d(x, depthwise[:, None], stride=stride, padding=padding, groups=len(depthwise))`, then
# `F.conv2d(middle, pointwise[:, :, None, None])`. At each place: `F*F*D*K` multiplications, or `F*F*D + D*K`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "separable", "locked": false, "schema_version": 3, "solution": true, "task": false}
def depthwise_separable(x, depthwise, pointwise, stride=1, padding=0):
    """Each channel with its own kernel, then the channels mixed at each place."""
    ### BEGIN SOLUTION
    middle = F.conv2d(x, depthwise[:, None], stride=stride, padding=padding, groups=len(depthwise))
    return F.conv2d(middle, pointwise[:, :, None, None])
    ### END SOLUTION


def multiply_adds(in_channels, out_channels, kernel_size, height, width):
    """Multiplications of an ordinary convolution, and of a separable one."""
    ### BEGIN SOLUTION
    places = height * width
    ordinary = places * kernel_size**2 * in_channels * out_channels
    separable = places * (kernel_size**2 * in_channels + in_channels * out_channels)
    return ordinary, separable
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_separable", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from random import Random

import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(8)
generator = torch.Generator().manual_seed(607)


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _right(x, depthwise, pointwise, stride=1, padding=0, pad_late=0, late=1):
    middle = F.conv2d(x, depthwise[:, None], stride=stride, padding=padding, groups=len(depthwise))
    return F.conv2d(middle, pointwise[:, :, None, None], stride=late, padding=pad_late)


def _check(x, depthwise, pointwise, stride=1, padding=0):
    expected = _right(x, depthwise, pointwise, stride, padding)

    def misconceptions():
        return {
            "your kernels are flipped: that is convolution, this is cross-correlation": _right(x, depthwise.flip(1, 2), pointwise, stride, padding),
            "the kernels' rows and columns are swapped": _right(x, depthwise.transpose(1, 2), pointwise, stride, padding),
            "the stride is ignored": _right(x, depthwise, pointwise, 1, padding),
            "the padding is ignored": _right(x, depthwise, pointwise, stride),
            "the padding belongs to the depthwise step": _right(x, depthwise, pointwise, stride, 0, padding),
            "each channel has its own kernel": _right(x, depthwise[:1].expand_as(depthwise), pointwise, stride, padding),
            "the sum over the channels is weighted by pointwise": _right(x, depthwise, torch.ones_like(pointwise), stride, padding),
            "the channels are added up; yours is their mean": expected / x.shape[1],
        }

    call = f"depthwise_separable(x {tuple(x.shape)}, depthwise {tuple(depthwise.shape)}, pointwise {tuple(pointwise.shape)}, stride={stride}, padding={padding})"
    got = depthwise_separable(x, depthwise, pointwise, stride=stride, padding=padding)
    checks.close(got, expected, call, mistakes=misconceptions)


def _check_cost(d, k, f, height, width):
    places = height * width
    ordinary, separable = places * f * f * d * k, places * (f * f * d + d * k)
    mistakes = {
        "the places of the output are left out": (ordinary // places, separable // places),
        "the two steps are done one after the other: their costs are added, not multiplied": (ordinary, places * f * f * d * d * k),
        "the kernel has F * F weights, not F": (places * f * d * k, places * (f * d + d * k)),
        "the pointwise step mixes all channels: it costs D * K a place": (ordinary, places * (f * f * d + k)),
        "the depthwise step is left out": (ordinary, places * d * k),
        "the pointwise step is left out": (ordinary, places * f * f * d),
        "a depthwise kernel reads one channel only": (ordinary, places * (f * f * d * d + d * k)),
        "there is one depthwise kernel for each input channel, not for each output": (ordinary, places * (f * f * k + d * k)),
        "the ordinary one comes first": (separable, ordinary),
        "`/` gives a float: the counts are int": (ordinary, float(separable)),
    }
    checks.equal(multiply_adds(d, k, f, height, width), (ordinary, separable), f"multiply_adds({d}, {k}, {f}, {height}, {width})", mistakes=mistakes)


with task.part(1, "values"):
    _check(_draw(2, 3, 6, 7), _draw(3, 3, 3), _draw(4, 3))

with task.part(1, "the worked example's price"):
    _check_cost(2, 4, 3, 5, 5)

### BEGIN HIDDEN TESTS
with task.part(3, "10 fresh settings"):
    random = Random(607)
    for _ in range(10):
        channels, filters, size = random.randint(2, 5), random.randint(2, 6), random.randint(2, 4)
        x = _draw(random.randint(2, 3), channels, random.randint(6, 9), random.randint(6, 9))
        _check(x, _draw(channels, size, size), _draw(filters, channels), random.randint(1, 3), random.randint(0, 2))
    _check(_draw(2, 3, 8, 9), _draw(3, 3, 3), _draw(4, 3), 2, 1)

with task.part(1, "autograd goes through"):
    x, depthwise, pointwise, upstream = _draw(2, 3, 6, 5), _draw(3, 3, 3), _draw(4, 3), _draw(2, 4, 6, 5)
    value, gradients = checks.gradient(depthwise_separable, x, depthwise, pointwise, wrt=(0, 1, 2), upstream=upstream, padding=1)
    inputs = [tensor.clone().requires_grad_() for tensor in (x, depthwise, pointwise)]
    expected = torch.autograd.grad(_right(*inputs, padding=1), inputs, upstream)
    for name, got, right in zip(("x", "depthwise", "pointwise"), gradients, expected):
        checks.close(got, right, f"the gradient with respect to {name}")

with task.part(2, "20 fresh prices"):
    for _ in range(20):
        _check_cost(random.randint(2, 99), random.randint(100, 300), random.randint(2, 7), random.randint(2, 60), random.randint(61, 90))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_patch_embedding", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 8 · The first layer of a vision transformer (8 points)
#
# A vision transformer cuts a picture into patches of $P \times P$ pixels without overlap, and sends each
# through the same linear layer. The result is one **token**, a row of $E$ numbers, for each patch.
#
# Write `patch_embedding(pictures, weight, bias)`: pictures of shape $(B, C, H, W)$, `weight` of shape $(E, C,
# P, P)$ and `bias` of shape $(E)$. It returns tokens of shape $(B, N, E)$ with $N =
# \frac{H}{P}\cdot\frac{W}{P}$; the patches are taken row by row, from the top left:
#
# $$\text{token}[b, n, e] = \text{bias}[e] + \sum_{c, u, v} \text{weight}[e, c, u, v] \cdot \text{pictures}[b, c, iP + u, jP + v] \qquad n = i \cdot \tfrac{W}{P} + j$$
#
# It raises `ValueError` if $P$ does not divide $H$ and $W$; the message **holds the side that does not fit and
# $P$**. Autograd must be able to go through.
#
# **Without convolution**: no `conv2d`, `unfold` or their relatives. Cut with `reshape` (or `view`, or slices).
# Then you have shown what the lecture claims: this is `nn.Conv2d` with stride = kernel size, and it needs no
# sliding.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_patch_embedding", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Split the height into (rows of patches, rows within a patch), and the width likewise: six dimensions in all,
# without moving a number.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `pictures.reshape(B, C, H // P, P, W // P, P)`. Which of these dimensions belong together in the sum, and
# which in $n$?
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `torch.einsum("bciujv,ecuv->bije", cut, weight)`, then `.flatten(1, 2) + bias`. Or permute to (b, i, j, c, u,
# v), flatten the last three, and multiply by `weight.flatten(1).T`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "patch_embedding", "locked": false, "schema_version": 3, "solution": true, "task": false}
def patch_embedding(pictures, weight, bias):
    """One token for each patch of the pictures, (B, patches, E)."""
    ### BEGIN SOLUTION
    batch, channels, height, width = pictures.shape
    patch = weight.shape[-1]
    for side in (height, width):
        if side % patch:
            raise ValueError(f"a side of {side} pixels cannot be cut into patches of {patch}")
    cut = pictures.reshape(batch, channels, height // patch, patch, width // patch, patch)
    return torch.einsum("bciujv,ecuv->bije", cut, weight).flatten(1, 2) + bias
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_patch_embedding", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(8)
generator = torch.Generator().manual_seed(608)
library = ("*convolution*", "*conv[1-3]d*", "*conv_*", "torch.nn.modules.conv", "*im2col*", "*unfold*", "scipy", "torchvision")


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _check(pictures, weight, bias):
    patch = weight.shape[-1]

    def tokens(pictures, weight, bias):
        return F.conv2d(pictures, weight, bias, stride=patch).flatten(2).transpose(1, 2)

    expected = tokens(pictures, weight, bias)

    def misconceptions():
        by_column = F.conv2d(pictures, weight, bias, stride=patch).transpose(2, 3).flatten(2).transpose(1, 2)
        last = weight.reshape(len(weight), patch, patch, -1).permute(0, 3, 1, 2)
        batch, channels, height, width = pictures.shape
        torn = pictures.reshape(batch, -1, channels * patch * patch) @ weight.flatten(1).T + bias
        return {
            "the bias is missing": tokens(pictures, weight, None),
            "patches go row by row, yours go column by column": by_column,
            "rows and columns within a patch are swapped": tokens(pictures, weight.transpose(2, 3), bias),
            "a flattened patch holds channel after channel: (c, u, v)": tokens(pictures, last, bias),
            "reshape alone tears the patches apart: bring the dimensions of a patch together first": torn,
            "tokens are rows: (B, N, E), not (B, E, N)": expected.transpose(1, 2),
            "the tokens are still a map: flatten rows and columns of patches": F.conv2d(pictures, weight, bias, stride=patch),
            "the weights are added up, not averaged": (expected - bias) / weight[0].numel() + bias,
        }

    trace = checks.trace(patch_embedding, pictures, weight, bias)
    checks.avoids(trace, *library, instead="cut the picture with reshape")
    checks.close(trace.value, expected, f"patch_embedding(pictures {tuple(pictures.shape)}, weight {tuple(weight.shape)}, bias)", mistakes=misconceptions)


with task.part(2, "2 pictures of 8 x 12, patches of 4"):
    _check(_draw(2, 3, 8, 12), _draw(5, 3, 4, 4), _draw(5))

### BEGIN HIDDEN TESTS
with task.part(3, "other sizes"):
    for batch, channels, rows, columns, patch, width in [(3, 2, 2, 5, 3, 4), (2, 4, 4, 3, 2, 7), (2, 2, 3, 4, 5, 3)]:
        _check(_draw(batch, channels, rows * patch, columns * patch), _draw(width, channels, patch, patch), _draw(width))

with task.part(1, "one patch, and patches of one pixel"):
    _check(_draw(2, 3, 4, 4), _draw(6, 3, 4, 4), _draw(6))
    _check(_draw(2, 3, 4, 5), _draw(6, 3, 1, 1), _draw(6))

with task.part(1, "patches that do not fit: an error that says so"):
    _check(_draw(1, 1, 6, 6), _draw(2, 1, 3, 3), _draw(2))
    checks.raises(ValueError, patch_embedding, _draw(1, 2, 8, 10), _draw(3, 2, 4, 4), _draw(3), mentions=("10", "4"))
    checks.raises(ValueError, patch_embedding, _draw(1, 2, 13, 10), _draw(3, 2, 5, 5), _draw(3), mentions=("13", "5"))

with task.part(1, "autograd goes through"):
    pictures, weight, bias, upstream = _draw(2, 3, 6, 4), _draw(5, 3, 2, 2), _draw(5), _draw(2, 6, 5)
    value, gradients = checks.gradient(patch_embedding, pictures, weight, bias, wrt=(0, 1, 2), upstream=upstream)
    inputs = [tensor.clone().requires_grad_() for tensor in (pictures, weight, bias)]
    right = F.conv2d(*inputs, stride=2).flatten(2).transpose(1, 2)
    for name, got, expected in zip(("pictures", "weight", "bias"), gradients, torch.autograd.grad(right, inputs, upstream)):
        checks.close(got, expected, f"the gradient with respect to {name}")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_saliency", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 9 · Which pixels matter? (8 points)
#
# A saliency map asks how strongly the score of a class would answer to a small change of each pixel. For a
# picture $x$ and a class $k$ with score $s_k$,
#
# $$m[i, j] = \max_c \left|\frac{\partial s_k}{\partial x[c, i, j]}\right|$$
#
# `classifier` is given: convolutions with batch norm and dropout. Leave it as it is.
#
# Write `saliency(model, pictures, labels)`: pictures of shape $(B, 3, H, W)$, labels of shape $(B)$, whole
# numbers. It returns the maps, $(B, H, W)$, without a graph (`requires_grad` is `False`): for picture $b$ the
# map of class `labels[b]`.
#
# - $s_k$ is the **score**, as the model puts it out. Not the probability, and not the loss: those depend on the
#   other classes too.
# - The model is **in evaluation mode** meanwhile, and afterwards in the mode it was in.
# - Neither the pictures nor the `.grad` of the model's parameters are changed.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_saliency", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# In evaluation mode the pictures of a batch do not depend on each other. So the derivative of the *sum* of all
# the wanted scores by picture b is that of its own score.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `x = pictures.clone().requires_grad_()`; of scores (B, classes) pick one a row with
# `scores[torch.arange(len(labels)), labels]` or `scores.gather(1, labels[:, None])`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# Remember `model.training`; `model.eval()`; `gradient = torch.autograd.grad(wanted.sum(), x)[0]`;
# `model.train(before)`; `gradient.abs().amax(1)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "saliency", "locked": false, "schema_version": 3, "solution": true, "task": false}
def classifier():
    """Given: something to look into. Pictures (B, 3, H, W) -> scores (B, 4)."""
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.Tanh(), nn.Dropout(0.5),
        nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 4),
    )


def saliency(model, pictures, labels):
    """For each pixel the largest absolute derivative of the score of the picture's label, (B, H, W)."""
    ### BEGIN SOLUTION
    before = model.training
    model.eval()
    x = pictures.clone().requires_grad_()
    scores = model(x)
    wanted = scores[torch.arange(len(labels)), labels]
    (gradient,) = torch.autograd.grad(wanted.sum(), x)
    model.train(before)
    return gradient.abs().amax(1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_saliency", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(8)
generator = torch.Generator().manual_seed(609)


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _classifier():
    """The student's classifier with weights drawn here, and its scores as a function in either mode."""
    weights = {"0.weight": _draw(6, 3, 3, 3) / 3, "0.bias": _draw(6), "6.weight": 3 * _draw(4, 24), "6.bias": _draw(4)}
    weights |= {"1.weight": _draw(6), "1.bias": _draw(6), "1.running_mean": _draw(6), "1.running_var": _draw(6) ** 2 + 0.5}
    weights["1.num_batches_tracked"] = torch.tensor(0)
    model = classifier()
    model.load_state_dict(weights)

    def scores(x):
        x = F.conv2d(x, weights["0.weight"], weights["0.bias"], padding=1)
        x = F.batch_norm(x, *(weights[f"1.{key}"] for key in ("running_mean", "running_var", "weight", "bias")))
        x = F.adaptive_avg_pool2d(torch.tanh(x), 2).flatten(1)
        return F.linear(x, weights["6.weight"], weights["6.bias"])

    return model, scores


def _check(model, scores, pictures, labels):
    def gradient(of):
        x = pictures.clone().requires_grad_()
        return torch.autograd.grad(of(scores(x)), x)[0]

    rows = torch.arange(len(labels))
    right = gradient(lambda s: s[rows, labels].sum())
    expected = right.abs().amax(1)
    mistakes = {
        "the absolute value is missing": right.amax(1),
        "the absolute value comes before the maximum over the channels": right.amax(1).abs(),
        "the channels' maximum is wanted, not their sum": right.abs().sum(1),
        "the channels' maximum is wanted, not their mean": right.abs().mean(1),
        "the maximum over the channels is missing": right.abs(),
        "that is the derivative of the probability: take the score": gradient(lambda s: s.softmax(1)[rows, labels].sum()).abs().amax(1),
        "that is the derivative of the loss: take the score": gradient(lambda s: F.cross_entropy(s, labels)).abs().amax(1),
        "that is the derivative of the summed loss: take the score": gradient(lambda s: F.cross_entropy(s, labels, reduction="sum")).abs().amax(1),
        "that is the class with the largest score: take the one of the label": gradient(lambda s: s.amax(1).sum()).abs().amax(1),
        "that is for all classes together: take the score of the label": gradient(lambda s: s.sum()).abs().amax(1),
        "the scores are added up over the batch, not averaged": expected / len(labels),
        "that is for the label of the first picture: each has its own": gradient(lambda s: s[:, labels[0]].sum()).abs().amax(1),
    }
    given = pictures.clone()
    checks.seed(609)  # of dropout, should the model be in training mode
    got = saliency(model, given, labels)
    what = f"the maps of pictures {tuple(pictures.shape)}"
    checks.close(got, expected, what, mistakes=mistakes)
    checks.equal(got.requires_grad, False, "requires_grad of the maps")
    checks.close(given, pictures, "the pictures after the call")


def _pictures(count, height, width):
    """Pictures and labels that are neither all the same nor all the class with the largest score."""
    labels = torch.arange(count) % 4
    return 2 * _draw(count, 3, height, width), labels[torch.randperm(count, generator=generator)]


with task.part(2, "5 pictures, a model in evaluation mode"):
    model, scores = _classifier()
    model.eval()
    _check(model, scores, *_pictures(5, 6, 7))

### BEGIN HIDDEN TESTS
with task.part(2, "other models, pictures and labels"):
    for count, height, width in [(6, 5, 8), (7, 9, 4), (1, 6, 6)]:
        model, scores = _classifier()
        model.eval()
        _check(model, scores, *_pictures(count, height, width))

with task.part(2, "a model that comes in training mode: measured in evaluation mode, and put back"):
    model, scores = _classifier()
    model.train()
    _check(model, scores, *_pictures(6, 6, 6))
    checks.equal(model.training, True, "model.training after the call")
    model.eval()
    _check(model, scores, *_pictures(6, 6, 6))
    checks.equal(model.training, False, "model.training after the call")

with task.part(2, "no parameter's .grad is touched, and batch norm's running values stay"):
    model, scores = _classifier()
    model.train()
    before = model.state_dict()["1.running_mean"].clone()
    _check(model, scores, *_pictures(4, 5, 5))
    touched = [name for name, p in model.named_parameters() if p.grad is not None]
    checks.equal(touched, [], "the parameters with a .grad after the call")
    checks.close(model.state_dict()["1.running_mean"], before, "the running mean after the call")
### END HIDDEN TESTS

task.score()

# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_not_overfitting", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 10 · The colleague who sees overfitting (10 points, marked by hand)
#
# A colleague trains two plain networks of 3x3 convolutions (no skip connections) on the same pictures. The one
# with 20 layers ends with a training error of 6 % and a test error of 9 %, the one with 56 layers with a
# training error of 10 % and a test error of 13 %. "Too many parameters, it overfits", they say, "I shall use
# dropout". In about ten sentences, explain to them:
#
# 1. which number shows that this is not overfitting, and why dropout will not help;
# 2. why a network of 56 layers that is at least as good **exists**, and what this says about where the trouble
#    lies;
# 3. what happens to the gradient on its way back through many plain layers, without batch norm and with it (the
#    2x2 table of the lecture);
# 4. what a skip connection changes, forward and backward; give the derivative of $x + f(x)$ by $x$;
# 5. one experiment that would tell whether you or they are right, with the outcome that each of you predicts.
#
# **How it is marked.**
#
# | points | for |
# | ---: | --- |
# | 2 | the *training* error is higher (1); dropout makes fitting the training pictures harder still (1) |
# | 2 | copy the 20 layers, the other 36 as identity (1): so it is a matter of training, not of what the network can compute (1) |
# | 2 | many factors multiply: vanishing with the usual initialisation (1); batch norm keeps the maps, but the gradient grows (1) |
# | 2 | a layer near zero leaves its input as it is (1); $1 + f'(x)$: a way back that no layer weakens (1) |
# | 2 | an experiment that can decide, on training error (1), with both predictions (1) |

# %% [markdown] nbgrader={"grade": true, "grade_id": "not_overfitting", "locked": false, "points": 10, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Overfitting means that the training error is low and the test error is not. Here the training error itself is higher, 10 % instead of 6 %, and the gap to the test error is the same in both: the deeper network fits its own training pictures worse. Dropout makes fitting harder, so it would raise the training error further.
#
# A network of 56 layers that does as well exists: take the trained 20 layers and let the other 36 pass on their input. So the deeper network can compute the solution, and training does not find it. It is a problem of optimisation.
#
# Going back, the gradient is multiplied by one factor a layer. With the usual initialisation these factors are below 1 for ReLU, and after dozens of layers next to nothing arrives at the first ones. Batch norm keeps the maps at a good size on the way forward, but it divides by a small standard deviation, and the gradient grows from layer to layer towards the input.
#
# With a skip connection a layer computes x + f(x). If f is near zero the layer does nothing, which is the identity that the plain layers could not find. The derivative is 1 + f'(x): the 1 is a way on which the gradient goes back unchanged, however many layers there are.
#
# Experiment: train the 56 layers once more, with skip connections and the same parameters, and look at the training error. If it were overfitting, the training error would be low already and skips would not lower it, or only the test error would suffer; I predict that the training error falls below that of the 20 layers.
# ### END SOLUTION

# %% tags=["download"]
# On Colab this downloads your work, to hand it in. Elsewhere it does nothing: there the notebook is a file already.
from utils import colab

colab.download("06_deep_architectures.ipynb")
