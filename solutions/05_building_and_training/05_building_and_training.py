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
# # Assignment 05 · Building and training

# %% [markdown] tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/exercises/05_building_and_training/05_building_and_training.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/exercises/05_building_and_training/05_building_and_training.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/exercises/05_building_and_training/05_building_and_training.ipynb)
#
# 100 points · 8 tasks graded by tests

# %% [markdown] nbgrader={"grade": false, "grade_id": "intro", "locked": true, "schema_version": 3, "solution": false, "task": false}
# In the lecture a network was built, trained and doubted. Here you build the pieces yourself: the module, the
# loop that trains it, the layers that behave differently in training, and the checks that catch what a loop
# hides. At the end your own network enters a contest.
#
# | task | you write | points |
# | --- | --- | ---: |
# | 1 | `flat_size`: how many numbers does the flattening give? | 6 |
# | 2 | `CNN`: the network as a module | 12 |
# | 3 | `train` and `evaluate`: the loop | 16 |
# | 4 | `batch_norm`: in training and in evaluation | 14 |
# | 5 | `dropout`: the inverted kind | 8 |
# | 6 | a script with six faults, mended | 14 |
# | 7 | `flip` and `crop`: with boxes and masks | 12 |
# | 8 | `challenge`: your best network in 100,000 parameters and 90 seconds | 10 |
# | 9 | a written answer: three learning curves | 8 |
# | | | **100** |
#
# **How a task works.** Read the statement, fill the cell under it in place of `raise NotImplementedError`,
# run it, then run the test cell below it. A ✔ is earned; a ✘ says what is wrong. Hidden tests with fresh
# numbers decide the rest of the points, so an answer that only fits the numbers you see earns few of them.
#
# **Stuck?** Each task has three hints, from a nudge to nearly there. They cost nothing.
#
# **The tasks are marked independently**: a mistake in one costs nothing in another.

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

from utils import training
from utils.datasets import savanna


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_flat_size", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 1 · How many numbers does the flattening give? (6 points)
#
# The lecture's network ends in fully connected layers, and the first of them must be told how many numbers
# will come in. Nobody tells you that number; you work it out.
#
# | step | what it does to the maps |
# | --- | --- |
# | `conv1` | 6 kernels of $5 \times 5$, stride 1, no padding |
# | pooling | windows of $2 \times 2$, stride 2, one map at a time |
# | `conv2` | 16 kernels of $5 \times 5$, stride 1, no padding |
# | pooling | windows of $2 \times 2$, stride 2 |
# | flatten | all that is left of one picture, in one row |
#
# ReLU stands after each convolution and changes no size. Pooling drops a last row or column that fills no
# window, as `nn.MaxPool2d` does.
#
# **Worked example.** A picture of $16 \times 20$: $\to 12 \times 16 \to 6 \times 8 \to 2 \times 4 \to 1 \times
# 2$. With 16 maps that makes $16 \cdot 1 \cdot 2 = 32$ numbers.
#
# Write `flat_size(height, width)`. It returns the number as an `int`. If nothing is left, because the picture
# is too small, it raises `ValueError`, and the message **holds the side that is too small** (its number of
# pixels).

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_flat_size", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Height and width never meet: work out what becomes of one side, and do it twice.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# A kernel of 5 without padding takes 4 pixels off a side. A window of 2 with stride 2 halves it and drops the
# rest: `//`. Both happen twice.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `left = ((side - 4) // 2 - 4) // 2`. Raise if `left < 1`, and put `side` into the message. The answer is 16
# times what is left of the height times what is left of the width.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "flat_size", "locked": false, "schema_version": 3, "solution": true, "task": false}
def flat_size(height, width):
    """Numbers that the two convolutions and poolings leave of a picture of height x width pixels."""
    ### BEGIN SOLUTION
    left = []
    for side in (height, width):
        pooled = (side - 4) // 2
        left.append((pooled - 4) // 2)
        if left[-1] < 1:
            raise ValueError(f"nothing is left of a side of {side} pixels: at least 16 are needed")
    return 16 * left[0] * left[1]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_flat_size", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from utils import checks

task = checks.task(6)


def _left(side, kernel=5, padding=0, convolutions=2, poolings=2, up=0):
    for layer in range(2):
        side += (2 * padding - kernel + 1) * (layer < convolutions)
        side = (side + up) // 2 if layer < poolings else side
    return side


def _misconceptions(height, width):
    def numbers(channels=16, **changed):
        return channels * _left(height, **changed) * _left(width, **changed)

    return {
        "that is one map: there are 16 of them": numbers(channels=1),
        "16 maps come out of the second convolution, not 6": numbers(channels=6),
        "the channels are not multiplied: conv2 turns 6 maps into 16": numbers(channels=6 * 16),
        "there is a pooling after the second convolution too": numbers(poolings=1),
        "the pooling is left out": numbers(poolings=0),
        "the convolutions have no padding: each takes 4 pixels off a side": numbers(padding=2),
        "a kernel of 5 takes 4 pixels off a side, not 5": numbers(kernel=6),
        "pooling drops a last row that fills no window: round down": numbers(up=1),
        "the width may differ from the height": 16 * _left(height) ** 2,
        "the height may differ from the width": 16 * _left(width) ** 2,
        "`/` gives a float, and a number of inputs is an int: use `//`": float(numbers()),
    }


def _check(height, width):
    expected = 16 * _left(height) * _left(width)
    call = f"flat_size({height}, {width})"
    checks.equal(flat_size(height, width), expected, call, mistakes=lambda: _misconceptions(height, width))


with task.part(1, "the worked example"):
    _check(16, 20)

with task.part(1, "the lecture's picture of 32 x 32"):
    _check(32, 32)

### BEGIN HIDDEN TESTS
from random import Random

with task.part(2, "30 fresh sizes"):
    random = Random(501)
    for _ in range(30):
        _check(random.randint(16, 90), random.randint(16, 90))

with task.part(2, "pictures that are too small: an error that says so"):
    _check(16, 17)
    for height, width, small in [(15, 40, 15), (40, 15, 15), (8, 33, 8), (64, 3, 3), (1, 90, 1)]:
        checks.raises(ValueError, flat_size, height, width, mentions=(small,))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_cnn", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 2 · The network as a module (12 points)
#
# Write the class `CNN(nn.Module)` with `__init__(self, height=32, width=32, classes=10)`. It has exactly four
# layers with parameters, **under these names**:
#
# | name | layer |
# | --- | --- |
# | `conv1` | `nn.Conv2d(3, 6, 5)` |
# | `conv2` | `nn.Conv2d(6, 16, 5)` |
# | `fc1` | fully connected, from the flattened maps to 120 |
# | `fc2` | fully connected, from 120 to `classes` |
#
# `forward(self, x)` takes pictures of shape $(B, 3, H, W)$ and returns scores of shape $(B, \text{classes})$:
#
# $$\text{conv1} \to \text{ReLU} \to \text{max-pool } 2 \to \text{conv2} \to \text{ReLU} \to \text{max-pool } 2
# \to \text{flatten} \to \text{fc1} \to \text{ReLU} \to \text{fc2}$$
#
# - The flattened row of a picture holds its 16 maps one after the other, each row by row. That is the order in
#   which they lie in memory, and what `out.view(len(x), -1)` gives.
# - Nothing follows `fc2`: scores may be negative, and they do not add up to 1. The loss does the rest.
# - The module works for any batch, of one picture too, and for pictures of `height` x `width` pixels.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_cnn", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# `super().__init__()` comes first: without it PyTorch cannot register the layers. What has parameters is made
# in `__init__`, once; what has none (ReLU, pooling, flattening) can be a function in `forward`.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Task 1 gives the inputs of `fc1`, if you trust it. Or let PyTorch count: send `torch.zeros(1, 3, height,
# width)` through the convolutions and poolings, and look at `.numel()`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `out = F.max_pool2d(F.relu(self.conv1(x)), 2)`, the same with `conv2`, then `out = out.view(len(x), -1)`, then
# `F.relu(self.fc1(out))`, and `return self.fc2(out)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "cnn", "locked": false, "schema_version": 3, "solution": true, "task": false}
class CNN(nn.Module):
    """Two convolutions, two fully connected layers. Pictures (B, 3, height, width) -> scores (B, classes)."""

    def __init__(self, height=32, width=32, classes=10):
        ### BEGIN SOLUTION
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        maps = [((side - 4) // 2 - 4) // 2 for side in (height, width)]
        self.fc1 = nn.Linear(16 * maps[0] * maps[1], 120)
        self.fc2 = nn.Linear(120, classes)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        out = F.max_pool2d(F.relu(self.conv1(x)), 2)
        out = F.max_pool2d(F.relu(self.conv2(out)), 2)
        out = out.view(len(x), -1)
        out = F.relu(self.fc1(out))
        return self.fc2(out)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_cnn", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(12)
generator = torch.Generator().manual_seed(502)


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _shapes(height, width, classes):
    left = [((side - 4) // 2 - 4) // 2 for side in (height, width)]
    weights = {
        "conv1.weight": (6, 3, 5, 5),
        "conv2.weight": (16, 6, 5, 5),
        "fc1.weight": (120, 16 * left[0] * left[1]),
        "fc2.weight": (classes, 120),
    }
    return weights | {name.replace("weight", "bias"): shape[:1] for name, shape in weights.items()}


def _network(height, width, classes):
    """The student's network and the weights, drawn here, that it was given."""
    model = CNN(height, width, classes)
    shapes = _shapes(height, width, classes)
    got = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    checks.equal(got, shapes, f"the parameters of CNN({height}, {width}, {classes}) and their shapes")
    weights = {name: _draw(*shape) / shape[-1] ** 0.5 for name, shape in shapes.items()}
    model.load_state_dict(weights)
    return model, weights


def _forward(weights, x, relu=(True, True, True), pool=F.max_pool2d, flatten=None, pooled_first=False):
    def layer(function, number, x):
        return function(x, weights[f"{number}.weight"], weights[f"{number}.bias"])

    for number in (0, 1):
        x = layer(F.conv2d, f"conv{number + 1}", x)
        x = pool(F.relu(x) if relu[number] else x, 2)
    x = flatten(x) if flatten else x.flatten(1)
    x = layer(F.linear, "fc1", x)
    return layer(F.linear, "fc2", F.relu(x) if relu[2] else x)


def _check(model, weights, x):
    expected = _forward(weights, x)

    def misconceptions():
        return {
            "there is no ReLU after conv1": _forward(weights, x, relu=(False, True, True)),
            "there is no ReLU after conv2": _forward(weights, x, relu=(True, False, True)),
            "there is no ReLU after fc1": _forward(weights, x, relu=(True, True, False)),
            "there is no ReLU at all": _forward(weights, x, relu=(False, False, False)),
            "a ReLU after fc2 cuts off the negative scores": F.relu(expected),
            "nothing follows fc2: cross_entropy contains the softmax": F.softmax(expected, 1),
            "nothing follows fc2: cross_entropy contains the log_softmax": F.log_softmax(expected, 1),
            "the pooling takes the mean, not the maximum": _forward(weights, x, pool=F.avg_pool2d),
            "the flattened row is in another order: `view` must not follow a permute": _forward(
                weights, x, flatten=lambda maps: maps.permute(0, 2, 3, 1).flatten(1)
            ),
            "the flattening mixes the pictures of the batch: the batch stays the first dimension": _forward(
                weights, x, flatten=lambda maps: maps.transpose(0, 1).reshape(len(maps), -1)
            ),
            "this flattening mixes the pictures of the batch: a row must hold one picture": _forward(
                weights, x, flatten=lambda maps: maps.reshape(-1, len(maps)).T
            ),
        }

    checks.close(model(x), expected, f"the scores of pictures {tuple(x.shape)}", mistakes=misconceptions)


with task.part(2, "four layers, their names and shapes"):
    _network(32, 32, 10)

with task.part(3, "scores of 4 pictures of 32 x 32"):
    _check(*_network(32, 32, 10), _draw(4, 3, 32, 32))

### BEGIN HIDDEN TESTS
with task.part(1, "one picture, and many"):
    model, weights = _network(32, 32, 7)
    _check(model, weights, _draw(1, 3, 32, 32))
    _check(model, weights, _draw(33, 3, 32, 32))

with task.part(3, "other sizes and numbers of classes"):
    for height, width, classes in [(28, 45, 3), (19, 16, 2), (41, 30, 11)]:
        _check(*_network(height, width, classes), _draw(3, 3, height, width))

with task.part(1, "the defaults: 32 x 32 and 10 classes"):
    model = CNN()
    checks.equal(tuple(model(_draw(2, 3, 32, 32)).shape), (2, 10), "the shape of the scores of CNN()")
    numbers = sum(tensor.numel() for tensor in model.state_dict().values())
    checks.equal(numbers, 52_202, "the number of parameters of CNN()")

with task.part(2, "the gradient reaches the picture"):
    model, weights = _network(24, 28, 5)
    x, upstream = _draw(2, 3, 24, 28), _draw(2, 5)
    value, (gradient,) = checks.gradient(model, x, upstream=upstream)
    x.requires_grad_()
    expected = torch.autograd.grad(_forward(weights, x), x, upstream)[0]
    checks.close(gradient, expected, "the gradient with respect to the pictures")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_train", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 3 · The loop (16 points)
#
# Everything so far was bookkeeping; this is the part that learns. For each batch: scores forward, loss,
# gradients backward, one step down the slope
#
# $$w \leftarrow w - \eta \, \frac{\partial\, \text{loss}}{\partial w}$$
#
# Write two functions. `batches` is a list of pairs `(inputs, labels)`: tensors of shape $(B, \dots)$ and $(B)$,
# the labels whole numbers from 0. The last batch may be smaller than the others.
#
# `train(model, batches, epochs, learning_rate)` goes through all batches, in their order, `epochs` times. It
# minimises the cross-entropy (the mean over a batch) by plain stochastic gradient descent: no momentum, one
# step a batch. The model learns **in training mode**, in whatever mode it was given. It returns a **list of
# `epochs` floats**: for each epoch the mean loss over its *rows* (not over its batches), each loss measured
# before the step that it leads to.
#
# `evaluate(model, batches)` returns the accuracy as a **float**: the part of all rows whose largest score is
# that of the right class. The model is **in evaluation mode** meanwhile, no gradients are kept, and nothing in
# the model changes.
#
# `small_network` is given, as something to train; leave it as it is. Its `nn.BatchNorm1d` behaves differently
# in the two modes, so that a forgotten mode shows.
#
# **Worked example.** Two batches of 8 and 2 rows with losses 1.0 and 2.0: the epoch's loss is
# $(8 \cdot 1.0 + 2 \cdot 2.0)/10 = 1.2$.
#
# Write the loop yourself: `utils.training` earns nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_train", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# An optimizer is made once, before the loops: `torch.optim.SGD(model.parameters(), lr=learning_rate)`. The
# modes are `model.train()` and `model.eval()`.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Five lines a batch: scores, loss, `zero_grad`, `backward`, `step`. Gradients *add up* in `.grad` until somebody
# sets them to zero. `F.cross_entropy` takes scores as they are, and `.item()` makes a float of a loss.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# In each epoch `total, rows = 0.0, 0`; for each batch `total += loss.item() * len(labels)` and `rows +=
# len(labels)`; at its end append `total / rows`. In `evaluate`, under `with torch.no_grad():`, count
# `(model(inputs).argmax(1) == labels).sum().item()`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "train", "locked": false, "schema_version": 3, "solution": true, "task": false}
def small_network(features=6, classes=3):
    """Given: something to train. Inputs (B, features) -> scores (B, classes)."""
    return nn.Sequential(nn.Linear(features, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, classes))


def train(model, batches, epochs, learning_rate):
    """Train a model by stochastic gradient descent; the mean loss over the rows of each epoch, as a list."""
    ### BEGIN SOLUTION
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    model.train()
    losses = []
    for _ in range(epochs):
        total, rows = 0.0, 0
        for inputs, labels in batches:
            loss = F.cross_entropy(model(inputs), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            rows += len(labels)
        losses.append(total / rows)
    return losses
    ### END SOLUTION


def evaluate(model, batches):
    """The part of all rows that the model gets right, in evaluation mode."""
    ### BEGIN SOLUTION
    model.eval()
    right, rows = 0, 0
    with torch.no_grad():
        for inputs, labels in batches:
            right += (model(inputs).argmax(1) == labels).sum().item()
            rows += len(labels)
    return right / rows
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_train", "locked": true, "points": 16, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F
from torch import nn

from utils import checks

task = checks.task(16)
generator = torch.Generator().manual_seed(503)


def _network(features=6, classes=3):
    return nn.Sequential(nn.Linear(features, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, classes))


def _weights(features=6, classes=3):
    """Fresh values for everything that a network holds."""
    drawn = {
        name: torch.rand(tensor.shape, generator=generator) - 0.3
        for name, tensor in _network(features, classes).state_dict().items()
        if tensor.is_floating_point()
    }
    return drawn | {"1.running_var": drawn["1.running_var"] + 1, "1.num_batches_tracked": torch.tensor(0)}


def _batches(*sizes, features=6, classes=3):
    return [
        (
            2 * torch.randn(size, features, generator=generator) + 1,
            torch.randint(classes, (size,), generator=generator),
        )
        for size in sizes
    ]


def _student(weights, training=True):
    model = small_network(*_dimensions(weights))
    model.load_state_dict({name: tensor.clone() for name, tensor in weights.items()})
    return model.train(training)


def _by_hand(function, *arguments):
    trace = checks.trace(function, *arguments)
    checks.avoids(trace, "utils.training", instead="write the loop yourself")
    return trace.value


def _dimensions(weights):
    return weights["0.weight"].shape[1], weights["3.weight"].shape[0]


def _expected(weights, batches, epochs, learning_rate, mistake=None):
    """State and losses after training, right or with one mistake."""
    model = _network(*_dimensions(weights))
    model.load_state_dict(weights)
    model.train(mistake != "mode")
    losses = []
    for _ in range(epochs):
        model.zero_grad()
        measured = []
        for number, (inputs, labels) in enumerate(batches):
            scores = model(inputs)
            scores = F.softmax(scores, 1) if mistake == "softmax" else scores
            loss = F.cross_entropy(scores, labels, reduction="sum" if mistake == "sum" else "mean")
            if mistake not in ("zero_grad", "step an epoch"):
                model.zero_grad()
            loss.backward()
            measured.append(loss.item())
            if mistake == "first batch" and number:
                continue
            if mistake != "step an epoch" or number == len(batches) - 1:
                with torch.no_grad():
                    for parameter in model.parameters():
                        parameter -= learning_rate * parameter.grad * (-1 if mistake == "ascent" else 1)
        rows = [1 if mistake == "batches" else len(labels) for _, labels in batches]
        losses.append(sum(loss * n for loss, n in zip(measured, rows)) / sum(rows))
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}, losses


MISTAKES = {
    "the gradients of earlier batches are still there: call zero_grad for every batch": "zero_grad",
    "cross_entropy contains the softmax: give it the scores as they are": "softmax",
    "the model must learn in training mode: call model.train()": "mode",
    "the loss is the mean over a batch, not the sum": "sum",
    "there is one step a batch, not one an epoch": "step an epoch",
    "the step goes up the slope: subtract the gradient": "ascent",
    "only the first batch leads to a step": "first batch",
}


def _check_training(what, weights, batches, epochs, learning_rate, training=True):
    model = _student(weights, training)
    losses = _by_hand(train, model, batches, epochs, learning_rate)
    got, (right, _) = model.state_dict(), _expected(weights, batches, epochs, learning_rate)
    if torch.equal(got["3.weight"], weights["3.weight"]):
        raise checks.CheckFailed(f"{what}: no parameter has changed, so nothing was learned")

    def misconceptions():
        return {
            say: {name: _expected(weights, batches, epochs, learning_rate, mistake)[0][name] for name in compared}
            for say, mistake in MISTAKES.items()
        }

    compared = [name for name in right if name != "1.num_batches_tracked"]
    got, right = ({name: state[name].detach() for name in compared} for state in (got, right))
    checks.close(got, right, f"the model after {what}", mistakes=misconceptions, rtol=1e-3)
    return losses


def _check_losses(what, losses, weights, batches, epochs, learning_rate):
    right = _expected(weights, batches, epochs, learning_rate)[1]
    by_batch = _expected(weights, batches, epochs, learning_rate, "batches")[1]
    total = sum(len(labels) for _, labels in batches)
    misconceptions = {
        "that is the mean over the batches: a small batch counts less, by its rows": by_batch,
        "that is the sum over the rows: divide by their number": [loss * total for loss in right],
        "that is the sum over the batches: weigh each by its rows and divide": [
            loss * len(batches) for loss in by_batch
        ],
        "these are tensors: take .item(), or every loss keeps its graph in memory": [
            torch.tensor(loss) for loss in right
        ],
        "that is the last epoch alone: return a list, one number an epoch": right[-1],
    }
    checks.close(losses, right, f"the losses of {what}", mistakes=misconceptions, rtol=1e-3)


def _check_accuracy(weights, batches, training):
    model = _student(weights, training)
    reference = _network(*_dimensions(weights))
    reference.load_state_dict(weights)
    inputs, labels = (torch.cat(tensors) for tensors in zip(*batches))
    with torch.no_grad():
        reference.eval()
        right = [(reference(x).argmax(1) == y).float() for x, y in batches]
        trained = _network(*_dimensions(weights))
        trained.load_state_dict(weights)
        in_training = [(trained(x).argmax(1) == y).float() for x, y in batches]
    rows = len(labels)
    misconceptions = {
        "that is a count: divide by the number of rows": float(torch.cat(right).sum()),
        "that is the error, not the accuracy": 1 - torch.cat(right).mean().item(),
        "the model must be in evaluation mode: call model.eval()": torch.cat(in_training).mean().item(),
        "that is the mean over the batches: a small batch counts less, by its rows": (
            sum(r.mean().item() for r in right) / len(right)
        ),
        "that is the last batch alone: count over all of them": right[-1].mean().item(),
        "a percentage: the part of all rows is wanted, from 0 to 1": 100 * torch.cat(right).mean().item(),
    }
    result = _by_hand(evaluate, model, batches)
    checks.close(
        result, torch.cat(right).sum().item() / rows, "the accuracy", mistakes=misconceptions, atol=1e-6
    )
    after = {name: tensor.detach() for name, tensor in model.state_dict().items()}
    checks.close(after, weights, "the model after evaluate, which must change nothing in it")


with task.part(2, "one epoch of two batches"):
    weights, batches = _weights(), _batches(8, 8)
    _check_training("one epoch", weights, batches, 1, 0.1)

with task.part(2, "the losses of two epochs"):
    weights, batches = _weights(), _batches(8, 2)
    losses = train(_student(weights), batches, 2, 0.1)
    _check_losses("two epochs with batches of 8 and 2 rows", losses, weights, batches, 2, 0.1)

with task.part(2, "the accuracy on two batches"):
    _check_accuracy(_weights(), _batches(40, 10), training=False)

### BEGIN HIDDEN TESTS
with task.part(4, "three epochs, batches of different sizes, other rates"):
    for sizes, rate, (features, classes) in [((9, 9, 4), 0.05, (6, 3)), ((12, 12, 12, 5), 0.3, (10, 5))]:
        weights, batches = _weights(features, classes), _batches(*sizes, features=features, classes=classes)
        losses = _check_training("three epochs", weights, batches, 3, rate)
        _check_losses("three epochs", losses, weights, batches, 3, rate)

with task.part(2, "a model that was given in evaluation mode"):
    _check_training("two epochs", _weights(), _batches(7, 6), 2, 0.1, training=False)

with task.part(1, "trained once more, where it left off"):
    weights, batches = _weights(), _batches(8, 6)
    model = _student(weights)
    train(model, batches, 1, 0.1)
    train(model, batches, 1, 0.02)
    middle = _expected(weights, batches, 1, 0.1)[0]
    right = _expected(middle, batches, 1, 0.02)[0]
    got = {name: tensor.detach() for name, tensor in model.state_dict().items()}
    checks.close(got["3.weight"], right["3.weight"], "the last layer after training twice", rtol=1e-3)

with task.part(3, "the accuracy, whatever mode the model was given in"):
    for sizes in [(30, 30, 7), (50, 3), (25,)]:
        weights, batches = _weights(8, 4), _batches(*sizes, features=8, classes=4)
        _check_accuracy(weights, batches, training=True)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_batch_norm", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 4 · Batch norm, in training and in evaluation (14 points)
#
# Maps of shape $(B, C, H, W)$ come in. **Each channel** is brought to mean 0 and variance 1, then stretched and
# shifted by two numbers that are learned, $\gamma_c$ (`weight`) and $\beta_c$ (`bias`):
#
# $$\text{out}[b, c, i, j] = \gamma_c \, \frac{x[b, c, i, j] - \mu_c}{\sqrt{\sigma^2_c + \varepsilon}} + \beta_c$$
#
# Which $\mu_c$ and $\sigma^2_c$? That is the difference between the two modes.
#
# - **In training**: those of this batch, over all its pictures and places, $n = B \cdot H \cdot W$ numbers. The
#   variance that *normalises* divides by $n$. Meanwhile the running values take a step towards the batch's,
#   where the variance divides by $n - 1$:
#
#   $$\text{running} \leftarrow (1 - m) \cdot \text{running} + m \cdot \text{batch's}$$
#
# - **In evaluation**: the running values, as they are. They do not change, and a picture's result no longer
#   depends on who else is in the batch.
#
# Write `batch_norm(x, weight, bias, running_mean, running_var, training, momentum=0.1, eps=1e-5)`, where
# $m$ is `momentum` and $\varepsilon$ is `eps`, and all but `x` of the tensors have shape $(C)$. It returns a
# tuple of three: the output, the new running mean, the new running variance. None of the arguments is changed.
# Gradients flow to `x`, `weight` and `bias` through the output, **also through the batch's own mean and
# variance**; the running values carry none.
#
# **Worked example.** One channel, $B = 2$, pictures of one row: $(1, 3)$ and $(5, 7)$. Then $\mu = 4$ and
# $\sigma^2 = (9 + 1 + 1 + 9)/4 = 5$. From a running mean of 0 and variance of 1, with $m = 0.1$: the mean
# becomes $0.4$, the variance $0.9 + 0.1 \cdot 20/3 = 1.567$.
#
# Write it in plain arithmetic: `F.batch_norm`, `nn.BatchNorm2d` and their relatives earn nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_batch_norm", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# "Per channel" means: everything but the channels is averaged away. Which dimensions of $(B, C, H, W)$ are
# those?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `x.mean((0, 2, 3))` has shape $(C)$. To subtract it from `x` it must stand in dimension 1: `mean.view(1, -1, 1,
# 1)`. `x.var((0, 2, 3), correction=0)` divides by $n$, `correction=1` by $n - 1$.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# In training, `mean` and `var` are the batch's, and the new running values are made with `.detach()`; else they
# are the running ones. Then in both cases: `(x - mean.view(1, -1, 1, 1)) / (var.view(1, -1, 1, 1) +
# eps).sqrt()`, times `weight.view(1, -1, 1, 1)`, plus `bias.view(1, -1, 1, 1)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "batch_norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batch_norm(x, weight, bias, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    """Normalised maps, and the new running mean and variance of each channel."""
    ### BEGIN SOLUTION
    def by_channel(values):
        return values.view(1, -1, 1, 1)

    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
        unbiased = x.detach().var((0, 2, 3), correction=1)
        running_mean = (1 - momentum) * running_mean + momentum * mean.detach()
        running_var = (1 - momentum) * running_var + momentum * unbiased
    normal = (x - by_channel(mean)) / (by_channel(var) + eps).sqrt()
    return normal * by_channel(weight) + by_channel(bias), running_mean, running_var
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_batch_norm", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(14)
generator = torch.Generator().manual_seed(504)
ITEMS = ("the output", "the new running mean", "the new running variance")


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _maps(*shape):
    """Channels that differ in level and spread, pictures that differ too."""
    spread = torch.rand(1, shape[1], 1, 1, generator=generator) * 3 + 0.5
    return _draw(*shape) * spread + 2 * _draw(1, shape[1], 1, 1) + 0.5 * _draw(shape[0], 1, 1, 1)


def _channels(count):
    """Weight, bias, running mean and running variance."""
    return _draw(count), _draw(count), _draw(count), torch.rand(count, generator=generator) + 0.5


def _student(*arguments, **settings):
    trace = checks.trace(batch_norm, *arguments, **settings)
    checks.avoids(
        trace, "*batch_norm*", "*batchnorm*", "*instance_norm*", "*group_norm*", instead="write the arithmetic"
    )
    return trace.value


def _expected(x, weight, bias, mean, var, training, momentum=0.1, eps=1e-5):
    mean, var = mean.clone(), var.clone()
    return F.batch_norm(x, mean, var, weight, bias, training, momentum, eps), mean, var


def _normal(x, mean, var, weight, bias, eps):
    return (x - mean) / (var + eps).sqrt() * weight.view(1, -1, 1, 1) + bias.view(1, -1, 1, 1)


def _misconceptions(which, x, weight, bias, mean, var, training, momentum=0.1, eps=1e-5):
    right = _expected(x, weight, bias, mean, var, training, momentum, eps)
    over = (0, 2, 3)
    running = tuple(values.view(1, -1, 1, 1) for values in (mean, var))
    if which == 0:
        m, v = x.mean(over, keepdim=True), x.var(over, correction=0, keepdim=True)
        if training:
            wrong = {
                "in training the batch's own mean and variance normalise, not the running ones": _normal(
                    x, *running, weight, bias, eps
                ),
                "the running values after their step do not normalise in training: the batch's own do": _normal(
                    x, *(values.view(1, -1, 1, 1) for values in right[1:]), weight, bias, eps
                ),
            }
        else:
            wrong = {
                "in evaluation the running mean and variance normalise, not the batch's": _normal(
                    x, m, v, weight, bias, eps
                )
            }
        flat = _expected(x, torch.ones_like(weight), torch.zeros_like(bias), mean, var, training, momentum, eps)[0]
        wrong |= {
            "gamma and beta are missing": flat,
            "beta is missing": flat * weight.view(1, -1, 1, 1),
            "gamma is missing": flat + bias.view(1, -1, 1, 1),
        }
        for say, dims in {
            "each channel has one mean, over the batch AND over the places; yours is over the batch alone": (0,),
            "each channel has one mean over the whole batch; yours is that of one picture": (2, 3),
            "each channel has a mean of its own; yours is over all channels": (0, 1, 2, 3),
            "the mean runs over the batch and the places; yours runs over the channels": (1,),
            "the mean runs over the batch and the places; yours is that of each picture": (1, 2, 3),
        }.items():
            wrong[say] = _normal(x, x.mean(dims, keepdim=True), x.var(dims, correction=0, keepdim=True), weight, bias, eps)
        wrong["the variance that normalises divides by n, not by n - 1"] = _normal(
            x, m, x.var(over, correction=1, keepdim=True), weight, bias, eps
        )
        wrong["divide by the root of the variance, not by the variance"] = (x - m) / (v + eps) * weight.view(
            1, -1, 1, 1
        ) + bias.view(1, -1, 1, 1)
        wrong["eps belongs under the root, with the variance"] = (x - m) / (v.sqrt() + eps) * weight.view(
            1, -1, 1, 1
        ) + bias.view(1, -1, 1, 1)
        return wrong
    old, batch = (mean, x.mean(over)) if which == 1 else (var, x.var(over, correction=1))
    biased = x.var(over, correction=0)
    return {
        "the running values must take a step in training": old if training else None,
        "in evaluation the running values stay as they are": (1 - momentum) * old + momentum * batch,
        "momentum is the share of the new value, not of the old one": momentum * old + (1 - momentum) * batch,
        "that is the batch's own value: the running one takes only a step towards it": batch,
        "the step is added without shrinking the old value: (1 - m) is missing": old + momentum * batch,
        "the running variance takes the one that divides by n - 1": (1 - momentum) * var + momentum * biased,
    }


def _check(which, call, result, *arguments, **settings):
    checks.close(
        checks.item(result, which, "what batch_norm returns"),
        _expected(*arguments, **settings)[which],
        f"{ITEMS[which]} {call}",
        mistakes=lambda: {
            say: value for say, value in _misconceptions(which, *arguments, **settings).items() if value is not None
        },
    )


example = torch.tensor([[[[1.0, 3.0]]], [[[5.0, 7.0]]]])
one, none = torch.ones(1), torch.zeros(1)

with task.part(2, "in training: the output"):
    _check(0, "of the worked example", _student(example, one, none, none, one, True), example, one, none, none, one, True)
    arguments = (_maps(4, 3, 5, 6), *_channels(3), True)
    _check(0, "for x (4, 3, 5, 6)", _student(*arguments), *arguments)

with task.part(1, "in training: the running values"):
    result = _student(example, one, none, none, one, True)
    for which in (1, 2):
        _check(which, "of the worked example", result, example, one, none, none, one, True)

with task.part(1, "in evaluation: the output"):
    arguments = (_maps(4, 3, 5, 6), *_channels(3), False)
    _check(0, "for x (4, 3, 5, 6)", _student(*arguments), *arguments)

### BEGIN HIDDEN TESTS
settings = {"momentum": 0.3, "eps": 0.05}

with task.part(2, "in training: fresh maps, another eps"):
    for shape in [(2, 5, 3, 7), (6, 1, 4, 2), (3, 4, 1, 1)]:
        arguments = (_maps(*shape), *_channels(shape[1]), True)
        _check(0, f"for x {shape}, eps=0.05", _student(*arguments, **settings), *arguments, **settings)

with task.part(3, "the running values over five batches"):
    weight, bias, mean, var = _channels(3)
    for number in range(5):
        arguments = (_maps(5, 3, 4, 3), weight, bias, mean, var, True)
        result = _student(*arguments, momentum=0.3)
        for which in (1, 2):
            _check(which, f"after batch {number + 1}, momentum=0.3", result, *arguments, momentum=0.3)
        mean, var = _expected(*arguments, momentum=0.3)[1:]

with task.part(2, "in evaluation: one picture, and the running values stay"):
    for shape in [(1, 4, 3, 5), (6, 2, 2, 3)]:
        arguments = (_maps(*shape), *_channels(shape[1]), False)
        result = _student(*arguments, **settings)
        for which in range(3):
            _check(which, f"for x {shape} in evaluation", result, *arguments, **settings)

with task.part(1, "the arguments are left as they are"):
    arguments = (_maps(3, 2, 4, 4), *_channels(2), True)
    before = [argument.clone() for argument in arguments[:5]]
    _student(*arguments)
    checks.equal(list(arguments[:5]), before, "the arguments after the call (x, weight, bias, running mean and variance)")

with task.part(2, "the gradients, through the batch's mean and variance too"):

    def _output(training):
        arguments = (_maps(3, 2, 4, 5), *_channels(2))
        upstream = _draw(3, 2, 4, 5)
        x, weight, bias = (argument.clone().requires_grad_() for argument in arguments[:3])
        value = checks.item(batch_norm(x, weight, bias, *arguments[3:], training), 0, "what batch_norm returns")
        if not value.requires_grad:
            raise checks.CheckFailed("no gradient flows through batch_norm: its output is cut off from its inputs")
        value.backward(upstream)
        got = [tensor.grad for tensor in (x, weight, bias)]
        x, weight, bias = (argument.clone().requires_grad_() for argument in arguments[:3])
        _expected(x, weight, bias, *arguments[3:], training)[0].backward(upstream)
        right = [tensor.grad for tensor in (x, weight, bias)]
        constant = arguments[0].mean((0, 2, 3), keepdim=True), arguments[0].var((0, 2, 3), correction=0, keepdim=True)
        x2 = arguments[0].clone().requires_grad_()
        _normal(x2, *constant, weight.detach(), bias.detach(), 1e-5).backward(upstream)
        cut = {"the batch's mean and variance depend on x too: do not detach them, or leave no_grad": x2.grad}
        for name, actual, expected in zip(("x", "weight", "bias"), got, right):
            checks.close(actual, expected, f"the gradient with respect to {name}", mistakes=cut if name == "x" else None)

    _output(True)
    _output(False)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_dropout", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 5 · Dropout, inverted (8 points)
#
# In training, dropout sets each number to zero with probability $p$, each by itself, with a fresh draw at every
# call. What is left would be too small on average, by a factor of $1 - p$. The **inverted** kind mends that at
# once, by dividing what survives by $1 - p$, so that nothing has to be done in evaluation:
#
# $$\text{out} = \begin{cases} 0 & \text{with probability } p \\ x/(1-p) & \text{otherwise}\end{cases}
# \ \text{in training,} \qquad \text{out} = x \ \text{in evaluation.}$$
#
# Write `dropout(x, p, training)` for a tensor `x` of any shape. It returns a tensor of the same shape and leaves
# `x` as it is; gradients flow to `x`. If $p$ is below 0, or is 1 or more, it raises `ValueError`, in both modes,
# and the message **holds the value of** $p$.
#
# Draw with `torch.rand_like`, `torch.bernoulli` or the like. `F.dropout` and `nn.Dropout` earn nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_dropout", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# You need a second tensor in the shape of `x` that says, for each number, whether it survives. Multiply.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `torch.rand_like(x)` is uniform from 0 to 1: below $p$ with probability $p$. What is *at least* $p$ survives.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `survives = torch.rand_like(x) >= p`, and `return x * survives / (1 - p)`. Before that, raise unless `0 <= p <
# 1`, and return `x` unless `training`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "dropout", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dropout(x, p, training):
    """Inverted dropout: zeros with probability p in training, and the rest divided by 1 - p."""
    ### BEGIN SOLUTION
    if not 0 <= p < 1:
        raise ValueError(f"p={p}: expected a probability from 0 to less than 1")
    if not training:
        return x
    survives = torch.rand_like(x) >= p
    return x * survives / (1 - p)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_dropout", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(8)
generator = torch.Generator().manual_seed(505)


def _draw(*shape):
    """Nothing near 0, so that a zero is a dropped number."""
    return torch.rand(*shape, generator=generator) + 0.5


def _student(x, p, training):
    trace = checks.trace(dropout, x, p, training)
    checks.avoids(trace, "*dropout", "*Dropout*", "torch.nn", instead="draw who survives yourself")
    return trace.value


def _survivors(x, p):
    """Which numbers survive a call, after checking that they are scaled as they should be."""
    before = x.clone()
    out = _student(x, p, True)
    checks.equal(x, before, "x after the call, which must leave it as it is")
    survives = out != 0
    mistakes = {
        "what survives must be divided by 1 - p": torch.where(survives, x, 0.0),
        "what survives is divided by 1 - p, not multiplied": torch.where(survives, x * (1 - p), 0.0),
        "what survives is divided by 1 - p, not by p": torch.where(survives, x / p if p else x, 0.0),
    }
    right = torch.where(survives, x / (1 - p), 0.0)
    checks.close(out, right, f"dropout(x, {p}, True): zeros, and the rest", mistakes=mistakes)
    return survives


def _share_dropped(x, p):
    share = 1 - _survivors(x, p).float().mean().item()
    spread = (p * (1 - p) / x.numel()) ** 0.5
    if abs(share - p) > 5 * spread + 1e-9:
        likely = "p is the probability to be dropped, not to survive" if abs(share - 1 + p) <= 5 * spread else "too far off"
        raise checks.CheckFailed(f"dropout(x, {p}, True) set {share:.1%} of {x.numel():,} numbers to zero: {likely}")


with task.part(1, "in evaluation nothing changes"):
    x = _draw(3, 4, 5)
    scaled = {"the inverted kind leaves evaluation alone: the scaling belongs into training": x * 0.6}
    checks.close(_student(x, 0.4, False), x, "dropout(x, 0.4, False)", mistakes=scaled)

with task.part(2, "in training: zeros, and the rest divided by 1 - p"):
    checks.seed(505)
    _share_dropped(_draw(200, 50), 0.25)

### BEGIN HIDDEN TESTS
with task.part(1, "the share that is dropped, for other p"):
    checks.seed(5051)
    for p in (0.1, 0.5, 0.8):
        _share_dropped(_draw(40, 10, 5, 5), p)

with task.part(1, "each number by itself, and afresh at every call"):
    checks.seed(5052)
    x = _draw(20, 10, 6, 5)
    first, second = _survivors(x, 0.5), _survivors(x, 0.5)
    if torch.equal(first, second):
        raise checks.CheckFailed("two calls dropped the same numbers: draw afresh at every call, without a seed of your own")
    for dims, what in [((1, 2, 3), "pictures"), ((2, 3), "channels"), ((0,), "places, the same in every picture,")]:
        kept = first.float().mean(dims)
        if ((kept == 0) | (kept == 1)).float().mean() > 0.5:
            raise checks.CheckFailed(f"whole {what} were dropped or kept: each number is to be drawn by itself")

with task.part(1, "p = 0, whole tensors of other shapes and kinds"):
    checks.seed(5053)
    for x in (_draw(7), _draw(2, 3).double(), _draw(4, 1, 5)):
        checks.close(_student(x, 0.0, True), x, f"dropout(x, 0.0, True) for x {tuple(x.shape)}")
        _survivors(x, 0.5)

with task.part(1, "the gradient goes where the numbers went"):
    checks.seed(5054)
    x = _draw(30, 20)
    value, (gradient,) = checks.gradient(dropout, x, 0.3, True)
    checks.close(gradient, (value != 0).float() / 0.7, "the gradient of the sum with respect to x, p=0.3")

with task.part(1, "p out of range: an error"):
    _student(_draw(3), 0.5, False)
    for p in (-0.25, 1.0, 1.5):
        for mode in (True, False):
            checks.raises(ValueError, dropout, _draw(3), p, mode, mentions=(p,))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_mended", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 6 · A script with six faults (14 points)
#
# A colleague teaches a small network to tell pictures with bright *columns* from pictures with bright *rows*.
# The script below runs without an error, the loss goes down a little, and on new pictures the network does
# hardly better than a coin. There are **six faults**. None is a misspelling; each is a classic.
#
# Climb the lecture's ladder from the bottom, on the pieces:
#
# - *values*: does a picture still look the same after `prepare`? Does the label of a picture stay with it in
#   `make_batches`? Do the scores of one picture depend on which others are in the batch?
# - *first loss*: about $\log C$?
# - *overfit*: can it learn eight pictures by heart, with a loss near 0?
# - *one epoch*: is it clearly better than a coin on new pictures, and does the same picture get the same answer
#   alone and in company?
#
# Write the script anew, mended, in the cell below it: the same five names, the same arguments, and layers of the
# same names and shapes. Change no more than the faults. (`stripes` draws pictures to try it on; it is right.)

# %% nbgrader={"grade": false, "grade_id": "the_script", "locked": true, "schema_version": 3, "solution": false, "task": false}
def stripes(count, seed):
    """Pictures (B, 8, 8, 3) uint8, as a camera gives them, and labels (B): 0 bright columns, 1 bright rows."""
    random = torch.Generator().manual_seed(seed)
    labels = torch.randint(2, (count,), generator=random)
    bars = 120 * (torch.rand(count, 8, 1, generator=random) < 0.4) * torch.ones(1, 1, 8)
    bars = torch.where(labels[:, None, None] == 0, bars.transpose(1, 2), bars)
    pictures = bars[..., None] * torch.rand(count, 1, 1, 3, generator=random)
    return (pictures + 100 * torch.rand(count, 8, 8, 3, generator=random)).to(torch.uint8), labels


class Faulty:  # the colleague's names, kept apart from yours
    def prepare(pictures):
        """Pictures (B, H, W, 3) uint8 as a network takes them: (B, 3, H, W) float32 from 0 to 1."""
        count, height, width, channels = pictures.shape
        return pictures.reshape(count, channels, height, width) / 255

    def make_batches(images, labels, size, seed):
        """Mini-batches in a random order: a list of pairs (images, labels)."""
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
        return list(zip(images[order].split(size), labels.split(size)))

    class Network(nn.Module):
        """Pictures (B, 3, 8, 8) -> scores (B, 2)."""

        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3, padding=1)
            self.norm = nn.BatchNorm2d(8)
            self.head = nn.Linear(8 * 4 * 4, 2)

        def forward(self, x):
            maps = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)
            return self.head(maps.transpose(0, 1).reshape(len(x), -1))

    def fit(model, batches, epochs, learning_rate):
        """Train a model in place."""
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        model.train()
        optimizer.zero_grad()
        for _ in range(epochs):
            for images, labels in batches:
                probabilities = F.softmax(model(images), dim=1)
                loss = F.cross_entropy(probabilities, labels)
                loss.backward()
                optimizer.step()

    def predict(model, images):
        """The class of each picture, (B) int64, whatever mode the model is in."""
        with torch.no_grad():
            return model(images).argmax(1)


# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_mended", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Two functions and the class hold one fault each, `predict` too, and `fit` holds two. Print small things: a
# picture of $1 \times 2$ pixels through `prepare`; images that hold their own label through `make_batches`; the
# scores of one picture alone and with another.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `reshape` cuts a row of numbers anew, it never turns an axis; a `transpose` before a `reshape` changes what
# becomes a neighbour of what; what is shuffled must be shuffled together; `cross_entropy` wants scores;
# gradients add up; batch norm has two modes.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `pictures.permute(0, 3, 1, 2)`; `labels[order]`; `maps.reshape(len(x), -1)`; `zero_grad` inside the inner loop;
# no softmax; `model.eval()` in `predict`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "mended", "locked": false, "schema_version": 3, "solution": true, "task": false}
def prepare(pictures):
    """Pictures (B, H, W, 3) uint8 as a network takes them: (B, 3, H, W) float32 from 0 to 1."""
    ### BEGIN SOLUTION
    return pictures.permute(0, 3, 1, 2) / 255
    ### END SOLUTION


def make_batches(images, labels, size, seed):
    """Mini-batches in a random order: a list of pairs (images, labels)."""
    ### BEGIN SOLUTION
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    return list(zip(images[order].split(size), labels[order].split(size)))
    ### END SOLUTION


class Network(nn.Module):
    """Pictures (B, 3, 8, 8) -> scores (B, 2)."""

    def __init__(self):  # given: nothing is wrong here
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Linear(8 * 4 * 4, 2)

    def forward(self, x):
        ### BEGIN SOLUTION
        maps = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)
        return self.head(maps.reshape(len(x), -1))
        ### END SOLUTION


def fit(model, batches, epochs, learning_rate):
    """Train a model in place."""
    ### BEGIN SOLUTION
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    model.train()
    for _ in range(epochs):
        for images, labels in batches:
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    ### END SOLUTION


def predict(model, images):
    """The class of each picture, (B) int64, whatever mode the model is in."""
    ### BEGIN SOLUTION
    model.eval()
    with torch.no_grad():
        return model(images).argmax(1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_mended", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(14)
generator = torch.Generator().manual_seed(506)
SHAPES = {
    "conv.weight": (8, 3, 3, 3),
    "conv.bias": (8,),
    "norm.weight": (8,),
    "norm.bias": (8,),
    "norm.running_mean": (8,),
    "norm.running_var": (8,),
    "norm.num_batches_tracked": (),
    "head.weight": (2, 128),
    "head.bias": (2,),
}


def _rand(*shape):
    return torch.rand(*shape, generator=generator)


def _stripes(count):
    labels = torch.randint(2, (count,), generator=generator)
    bars = 120 * (_rand(count, 8, 1) < 0.4) * torch.ones(1, 1, 8)
    bars = torch.where(labels[:, None, None] == 0, bars.transpose(1, 2), bars)
    pictures = bars[..., None] * _rand(count, 1, 1, 3) + 100 * _rand(count, 8, 8, 3)
    return pictures.to(torch.uint8), labels


def _network():
    """The student's network and the weights, drawn here, that it was given."""
    model = Network()
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    checks.equal(shapes, SHAPES, "the parameters of Network() and their shapes")
    weights = {name: (_rand(*shape) - 0.4) * 0.6 for name, shape in SHAPES.items() if shape}
    weights |= {"norm.running_var": _rand(8) + 0.5, "norm.num_batches_tracked": torch.tensor(0)}
    weights["norm.weight"] = weights["norm.weight"] + 1
    model.load_state_dict({name: tensor.clone() for name, tensor in weights.items()})
    return model, weights


def _scores(weights, x, training, mix=None):
    w = dict(weights)
    running = [w["norm.running_mean"].clone(), w["norm.running_var"].clone()]
    maps = F.conv2d(x, w["conv.weight"], w["conv.bias"], padding=1)
    maps = F.batch_norm(maps, *running, w["norm.weight"], w["norm.bias"], training)
    maps = F.max_pool2d(F.relu(maps), 2)
    rows = mix(maps) if mix else maps.reshape(len(maps), -1)
    return F.linear(rows, w["head.weight"], w["head.bias"])


def _mixed(maps):
    return maps.transpose(0, 1).reshape(len(maps), -1)


LEARNED = ("conv.weight", "norm.weight", "norm.bias", "head.weight", "head.bias")


def _fitted(weights, batches, epochs, rate, softmax=False, zero_grad="batch", mix=None):
    """The learned weights after training, right or with a fault."""
    state = {name: tensor.clone() for name, tensor in weights.items()}
    sums = {name: 0 for name in LEARNED}
    for _ in range(epochs):
        sums = sums if zero_grad == "never" else {name: 0 for name in LEARNED}
        for images, labels in batches:
            leaves = {name: state[name].requires_grad_() for name in LEARNED}
            scores = _scores(state, images, True, mix)
            loss = F.cross_entropy(F.softmax(scores, 1) if softmax else scores, labels)
            gradients = dict(zip(LEARNED, torch.autograd.grad(loss, list(leaves.values()))))
            sums = gradients if zero_grad == "batch" else {n: sums[n] + gradients[n] for n in LEARNED}
            state = {n: t.detach() - rate * sums[n] if n in LEARNED else t for n, t in state.items()}
    return {name: state[name].detach() for name in LEARNED}


def _images(*sizes):
    return [(_rand(size, 3, 8, 8), torch.randint(2, (size,), generator=generator)) for size in sizes]


def _after_fit(batches, epochs, rate):
    """What the student's fit made of the student's network, and how a network with its flattening would have to end."""
    model, weights = _network()
    probe = _images(3)[0][0]
    mix = _mixed if torch.allclose(model.eval()(probe).detach(), _scores(weights, probe, False, _mixed), atol=1e-4) else None
    fit(model, batches, epochs, rate)
    state = model.state_dict()
    got = {name: state[name].detach() for name in LEARNED}
    if all(torch.equal(got[name], weights[name]) for name in LEARNED):
        raise checks.CheckFailed("fit changed no weight at all")
    return got, lambda **faults: _fitted(weights, batches, epochs, rate, mix=mix, **faults)


with task.part(2, "the whole script: new pictures, at least 9 of 10 right"):
    checks.seed(506)
    (pictures, labels), (fresh, answers) = _stripes(200), _stripes(200)
    model = Network()
    fit(model, make_batches(prepare(pictures), labels, 20, 1), 8, 0.1)
    right = (predict(model, prepare(fresh)) == answers).float().mean().item()
    if right < 0.9:
        raise checks.CheckFailed(f"{right:.0%} of 200 new pictures are right: a fault is still there. Which rung fails?")

with task.part(2, "values: a picture's scores do not depend on its batch"):
    model, weights = _network()
    x = _images(5)[0][0]
    mistakes = {"the flattening mixes the pictures of the batch: a row must hold one picture": _scores(weights, x, False, _mixed)}
    checks.close(model.eval()(x), _scores(weights, x, False), "scores of 5 pictures", mistakes=mistakes)

### BEGIN HIDDEN TESTS
with task.part(2, "values: a picture looks the same after prepare"):
    for shape in [(2, 8, 8, 3), (3, 4, 7, 3)]:
        pictures = (256 * _rand(*shape)).to(torch.uint8)
        right = pictures.permute(0, 3, 1, 2) / 255
        mistakes = {
            "reshape cuts the row of numbers anew: the colours end up as places. Turn the axes": (
                pictures.reshape(right.shape) / 255
            ),
            "rows and columns are swapped": pictures.permute(0, 3, 2, 1).reshape(right.shape) / 255,
            "the pixels must go from 0 to 1": right * 255,
        }
        checks.close(prepare(pictures), right, f"prepare(pictures {shape})", mistakes=mistakes)

with task.part(2, "values: a label stays with its picture"):
    for count, size in [(20, 6), (9, 9), (13, 4)]:
        labels = torch.arange(count)
        images = labels[:, None, None, None] * torch.ones(count, 3, 2, 2)
        batches = make_batches(images, labels, size, 3)
        x, y = (torch.cat([torch.as_tensor(batch[place]) for batch in batches]) for place in (0, 1))
        checks.equal([len(batch[1]) for batch in batches][0], size, "rows in the first batch")
        checks.equal(sorted(y.tolist()), list(range(count)), "all labels, each once")
        if x[:, 0, 0, 0].tolist() != y.tolist():
            raise checks.CheckFailed("the labels are not those of the pictures beside them: shuffle both in the same order")
        if count > size and y.tolist() == list(range(count)):
            raise checks.CheckFailed("the order is no longer random: every epoch would see the classes in the same blocks")

with task.part(2, "the loss: what cross_entropy is given"):
    got, expected = _after_fit(_images(10), 1, 0.2)
    mistakes = lambda: {"cross_entropy contains the softmax: it wants scores": expected(softmax=True)}
    checks.close(got, expected(), "the weights after one step", mistakes=mistakes, rtol=1e-3)

with task.part(2, "the gradients: those of one batch only"):
    got, expected = _after_fit(_images(8, 8, 5), 2, 0.1)
    twice = expected(softmax=True)  # judged by itself: a softmax that is still there has cost its own points
    softmax = all(torch.allclose(got[name], twice[name], rtol=1e-3, atol=1e-5) for name in got)
    say = "gradients add up: the sum of all batches so far makes the step. zero_grad belongs into the inner loop"
    mistakes = lambda: {
        f"{say}.{' ' * number}": expected(softmax=soft, zero_grad=often)
        for number, (soft, often) in enumerate([(s, z) for s in (False, True) for z in ("never", "epoch")])
    }
    checks.close(got, expected(softmax=softmax), "the weights after six steps", mistakes=mistakes, rtol=1e-3)

with task.part(2, "one answer a picture, alone and in company"):
    model, weights = _network()
    x = 2 * _images(40)[0][0]
    for mode in (True, False):
        model.train(mode)
        mix = _mixed if torch.allclose(model.eval()(x).detach(), _scores(weights, x, False, _mixed), atol=1e-4) else None
        model.train(mode)
        mistakes = {"batch norm is in training mode: predict needs model.eval()": _scores(weights, x, True, mix).argmax(1)}
        checks.equal(predict(model, x), _scores(weights, x, False, mix).argmax(1), "40 answers", mistakes=mistakes)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_flip_and_crop", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 7 · Flip and crop, with boxes and masks (12 points)
#
# A mirrored zebra is a zebra, and so is one near the edge: augmentation makes new pictures from old ones. For
# detection and segmentation the labels are *places*, and they must move with the picture, to the pixel.
#
# | name | what | shape |
# | --- | --- | --- |
# | `image` | a picture | $(3, H, W)$ |
# | `boxes` | $x_0, y_0, x_1, y_1$ of $N$ objects in pixels from the upper left corner, float32 | $(N, 4)$ |
# | `masks` | the pixels of each object | $(N, H, W)$, bool |
#
# $x$ runs to the right and $y$ down. A box holds the columns from $x_0$ to $x_1$, where $x_1$ is the edge *just
# after* the last column: an object in columns 2, 3 and 4 has $x_0 = 2$, $x_1 = 5$, and $x_1 - x_0$ is its width.
# Rows likewise. Always $x_0 < x_1$ and $y_0 < y_1$.
#
# `flip(image, boxes, masks)` mirrors left and right, and returns `(image, boxes, masks)`.
#
# `crop(image, boxes, masks, top, left, height, width)` cuts out the window whose first row is `top` and first
# column is `left`, and returns `(image, boxes, masks, kept)`. Boxes are counted from the window's corner and cut
# off at its edges. An object whose box has no area left is **dropped** from boxes and masks. `kept`, of shape
# $(N)$ and bool, says who stayed. A window that is not wholly inside the picture raises `ValueError`, with the
# words `inside the picture`.
#
# There may be no objects at all ($N = 0$). Leave the arguments as they are.
#
# **Worked example.** A picture of 6 rows and 8 columns with the box $(1, 2, 4, 5)$. Flipped: $(4, 2, 7, 5)$. Cut
# out with `top=3, left=2, height=3, width=4`, the box would be $(-1, -1, 2, 2)$; cut off, $(0, 0, 2, 2)$.
#
# `torchvision.transforms` can do this, and earns nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_flip_and_crop", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Draw the worked example on squared paper. In the mirror, which edge of the object becomes its left one?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Mirroring maps the place $x$ to $W - x$, so the right edge becomes the left one: new $x_0 = W - x_1$. A crop
# subtracts `left` from both $x$ and `top` from both $y$; `clamp` cuts off.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# Flip: `x0, y0, x1, y1 = boxes.unbind(1)` and `torch.stack([W - x1, y0, W - x0, y1], 1)`; image and masks by
# `.flip(-1)`. Crop: subtract `torch.tensor([left, top, left, top])`, clamp columns 0 and 2 to `width`, 1 and 3 to
# `height`, all from 0; `kept` is where $x_0 < x_1$ and $y_0 < y_1$; index boxes and masks by it.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "flip_and_crop", "locked": false, "schema_version": 3, "solution": true, "task": false}
def flip(image, boxes, masks):
    """Picture, boxes and masks mirrored left and right."""
    ### BEGIN SOLUTION
    x0, y0, x1, y1 = boxes.unbind(1)
    width = image.shape[2]
    return image.flip(2), torch.stack([width - x1, y0, width - x0, y1], 1), masks.flip(2)
    ### END SOLUTION


def crop(image, boxes, masks, top, left, height, width):
    """A window of the picture, the boxes and masks of the objects in it, and which objects these are."""
    ### BEGIN SOLUTION
    bottom, right = top + height, left + width
    if top < 0 or left < 0 or bottom > image.shape[1] or right > image.shape[2]:
        raise ValueError(
            f"rows {top} to {bottom} and columns {left} to {right} are not inside the picture, {tuple(image.shape[1:])}"
        )
    moved = boxes - torch.tensor([left, top, left, top])
    moved = torch.minimum(moved.clamp(min=0), torch.tensor([width, height, width, height]))
    kept = (moved[:, 2:] > moved[:, :2]).all(1)
    rows, columns = slice(top, bottom), slice(left, right)
    return image[:, rows, columns], moved[kept], masks[kept][:, rows, columns], kept
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_flip_and_crop", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(12)
generator = torch.Generator().manual_seed(507)


def _scene(height, width, count):
    """A picture with objects that fill their boxes but for some holes."""
    corners = torch.rand(count, 2, generator=generator) * torch.tensor([width - 2.0, height - 2.0])
    sizes = torch.rand(count, 2, generator=generator) * torch.tensor([width / 2, height / 2]) + 1
    corners = corners.floor()
    ends = torch.minimum((corners + sizes).ceil(), torch.tensor([width, height]))
    boxes = torch.cat([corners, ends], 1).float()
    masks = torch.zeros(count, height, width, dtype=torch.bool)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes.int().tolist()):
        mask[y0:y1, x0:x1] = torch.rand(y1 - y0, x1 - x0, generator=generator) < 0.9
    return torch.rand(3, height, width, generator=generator), boxes, masks


def _called(function, scene, *window):
    before = [tensor.clone() for tensor in scene]
    trace = checks.trace(function, *scene, *window)
    checks.avoids(trace, "torchvision", instead="move the boxes yourself")
    checks.equal(list(scene), before, "the arguments after the call (image, boxes, masks), which must stay as they are")
    return trace.value


def _check_flip(scene):
    image, boxes, masks = scene
    x0, y0, x1, y1 = boxes.unbind(1)
    width, height = image.shape[2], image.shape[1]
    right = (image.flip(2), torch.stack([width - x1, y0, width - x0, y1], 1), masks.flip(2))
    result = _called(flip, scene)
    checks.equal(type(result), tuple, "the type of what flip returns")
    checks.equal(len(result), 3, "how many things flip returns")
    upside_down = "that is upside down: left and right are the last dimension"
    checks.close(result[0], right[0], "the image", mistakes={upside_down: image.flip(1), "the image is not mirrored": image})
    wrong = {
        "the boxes are not mirrored": boxes,
        "the left edge must stay left of the right one: swap x0 and x1": torch.stack([width - x0, y0, width - x1, y1], 1),
        "that is one pixel off: x1 is the edge after the last column, so the mirror of x is W - x": (
            torch.stack([width - 1 - x1, y0, width - 1 - x0, y1], 1)
        ),
        "that is upside down: flip x, not y": torch.stack([x0, height - y1, x1, height - y0], 1),
        "mirror at the picture's middle, not at the origin": torch.stack([-x1, y0, -x0, y1], 1),
        "the picture is W pixels wide, not H": torch.stack([height - x1, y0, height - x0, y1], 1),
    }
    checks.close(result[1], right[1], "the boxes", mistakes=wrong)
    wrong = {upside_down: masks.flip(1), "the masks are not mirrored": masks, "the objects' order is turned round": masks.flip(0)}
    checks.close(result[2], right[2], "the masks", mistakes=wrong)


def _cut(boxes, top, left, height, width, clip=True):
    moved = boxes - torch.tensor([left, top, left, top])
    limits = torch.tensor([width, height, width, height])
    return torch.minimum(moved.clamp(min=0), limits) if clip else moved


def _check_crop(scene, top, left, height, width):
    image, boxes, masks = scene
    window = (top, left, height, width)
    cut = _cut(boxes, *window)
    kept = (cut[:, 2:] > cut[:, :2]).all(1)
    rows, columns = slice(top, top + height), slice(left, left + width)
    call = f"crop(..., top={top}, left={left}, height={height}, width={width})"
    result = _called(crop, scene, *window)
    checks.equal(type(result), tuple, f"the type of what {call} returns")
    checks.equal(len(result), 4, f"how many things {call} returns")
    checks.close(result[0], image[:, rows, columns], f"the image of {call}")
    wrong = {
        "all objects are there; those without area in the window are to be dropped": torch.ones_like(kept),
        "an object that is only partly in the window stays": (
            (boxes[:, 0] >= left) & (boxes[:, 1] >= top) & (boxes[:, 2] <= left + width) & (boxes[:, 3] <= top + height)
        ),
        "a box that only touches the edge has no area: it is dropped": (
            (boxes[:, 0] <= left + width) & (boxes[:, 1] <= top + height) & (boxes[:, 2] >= left) & (boxes[:, 3] >= top)
        ),
    }
    checks.equal(result[3], kept, f"kept of {call}", mistakes=wrong)
    swapped = _cut(boxes, left, top, height, width)
    wrong = {
        "the boxes are still counted from the old corner: subtract left and top": boxes[kept],
        "the boxes reach out of the window: cut them off at its edges": _cut(boxes, *window, clip=False)[kept],
        "the boxes of dropped objects are still there": cut,
        "x goes with left, y with top: yours are swapped": swapped[kept],
        "a box is cut off at the window's edges, not at the picture's": torch.minimum(
            _cut(boxes, *window, clip=False).clamp(min=0), torch.tensor(image.shape)[[2, 1, 2, 1]]
        )[kept],
        "the width limits x and the height limits y: yours are swapped": _cut_swapped(boxes, *window)[kept],
    }
    checks.close(result[1], cut[kept], f"the boxes of {call}", mistakes=wrong)
    wrong = {
        "the masks are not cut out": masks[kept],
        "the masks of dropped objects are still there": masks[:, rows, columns],
    }
    checks.close(result[2], masks[kept][:, rows, columns], f"the masks of {call}", mistakes=wrong)


def _cut_swapped(boxes, top, left, height, width):
    return torch.minimum(_cut(boxes, top, left, height, width, False).clamp(min=0), torch.tensor([height, width] * 2))


def _example():
    masks = torch.zeros(1, 6, 8, dtype=torch.bool)
    masks[0, 2:5, 1:4] = True
    return torch.arange(144.0).reshape(3, 6, 8), torch.tensor([[1.0, 2.0, 4.0, 5.0]]), masks


with task.part(2, "flip: the worked example"):
    _check_flip(_example())

with task.part(2, "crop: the worked example"):
    _check_crop(_example(), 3, 2, 3, 4)

### BEGIN HIDDEN TESTS
with task.part(3, "flip: fresh pictures"):
    for height, width, count in [(9, 14, 3), (12, 7, 5), (10, 10, 1)]:
        _check_flip(_scene(height, width, count))

with task.part(3, "crop: fresh windows, objects cut off and dropped"):
    scene = _scene(10, 10, 4)
    # The window touches the first and the third, and is far from the last.
    scene[1][:] = torch.tensor([[0.0, 0, 4, 4], [4, 4, 8, 8], [0, 4, 4, 9], [0, 0, 2, 2]])
    _check_crop(scene, 4, 4, 4, 5)
    for height, width, window in [(12, 17, (4, 6, 7, 8)), (16, 11, (0, 5, 9, 6)), (14, 14, (8, 1, 5, 12)), (9, 20, (2, 3, 4, 5))]:
        _check_crop(_scene(height, width, 12), *window)

with task.part(1, "no objects, and all objects dropped"):
    _check_flip(_scene(6, 9, 0))
    _check_crop(_scene(6, 9, 0), 1, 2, 4, 5)
    scene = _scene(12, 12, 2)
    scene[1][:] = torch.tensor([[0.0, 0, 3, 3], [1, 1, 4, 2]])
    _check_crop(scene, 6, 6, 5, 4)

with task.part(1, "a window that sticks out: an error"):
    scene = _scene(8, 10, 2)
    _check_crop(scene, 0, 0, 8, 10)
    for window in [(-1, 0, 4, 4), (0, -2, 4, 4), (5, 0, 4, 4), (0, 7, 4, 4), (0, 0, 10, 8)]:
        checks.raises(ValueError, crop, *scene, *window, mentions=("inside the picture",))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_challenge", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 8 · The challenge (10 points)
#
# Six animals of the savanna, drawn by five groups of artists, in pictures of 32 x 32 pixels, in changing
# light. You get 1,000 pictures. How many of 600 *new* ones can a network tell, if it has no more than **100,000
# numbers** and learns in no more than **90 seconds of one core's time**?
#
# Write `challenge(images, labels)`. It builds a network, trains it on these pictures, and returns it.
#
# | | |
# | --- | --- |
# | `images` | $(1000, 3, 32, 32)$, **uint8** |
# | `labels` | $(1000)$, int64 from 0 to 5; which animal has which number is drawn anew each time |
# | returns | an `nn.Module`: float32 pictures **from 0 to 1**, $(B, 3, 32, 32)$, $\to$ scores $(B, 6)$ |
#
# Everything that the network holds counts as its numbers: the tensors of `state_dict()`, running values too. The
# test puts it into evaluation mode. Everything goes in the way you train: architecture, batch norm, dropout,
# augmentation, schedule, `training.fit` or your own loop. **Only these pictures may be used**: `savanna` can
# compose more, and outside this course nobody has a machine that does.
#
# | accuracy on hidden pictures | points |
# | ---: | ---: |
# | 50 % | 2 |
# | 65 % | 2 more |
# | 75 % | 2 more |
#
# The other 4 points are for a network that keeps within the budget, and is right about half of the pictures
# of the visible test. Beyond that, it is about the board: the test prints your accuracy, numbers and seconds.
#
# Judge yourself on pictures that you keep back from training, and do not look at the visible test's pictures too
# often: whoever chooses by them is training on them.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_challenge", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# The network of task 2 is mostly one layer: count the numbers of `fc1`. Small kernels, more channels as the maps
# get smaller, and a mean over all places before the last layer give more for the same numbers.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Start with three blocks of convolution (3 x 3, padding 1), batch norm and ReLU, with 12, 24 and 48 channels and
# max-pooling between them; then `nn.AdaptiveAvgPool2d(1)`, `nn.Flatten()`, `nn.Linear(48, 6)`. Adam with a rate
# of 0.01, batches of 40. Keep 200 pictures back while you try.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `training.Batches(images / 255, labels, 40, seed=0, transform=...)` with a function that mirrors a random half of
# each batch; `torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.02, total_steps=epochs * len(batches))` as
# `schedule`. Eight epochs of this take seconds and pass the last mark; wider and longer goes well beyond.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "challenge", "locked": false, "schema_version": 3, "solution": true, "task": false}
def challenge(images, labels):
    """A network that tells six animals, trained on these pictures alone."""
    ### BEGIN SOLUTION
    def block(inputs, outputs):
        return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]

    def mirrored(pictures, answers):
        coin = torch.rand(len(pictures), 1, 1, 1) < 0.5
        return torch.where(coin, pictures.flip(3), pictures), answers

    torch.manual_seed(8)
    model = nn.Sequential(
        *block(3, 12), nn.MaxPool2d(2), *block(12, 24), nn.MaxPool2d(2), *block(24, 48),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(48, 6),
    )  # fmt: skip
    epochs = 8
    batches = training.Batches(images / 255, labels, 40, seed=8, transform=mirrored)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.02, total_steps=epochs * len(batches))
    training.fit(model, batches, epochs=epochs, optimizer=optimizer, schedule=schedule, progress=False)
    return model
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_challenge", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch
from torch import nn

from utils import checks
from utils.datasets import savanna

task = checks.task(10, seconds=150)
ANIMALS = ("crocodile", "elephant", "flamingo", "giraffe", "lion", "zebra")
RECIPE = savanna.Recipe(
    size=32, animals=ANIMALS, styles=savanna.STYLES, brightness=(0.7, 1.3), tint=(-0.5, 0.5), rotation=(-20, 20)
)
order = torch.randperm(len(ANIMALS), generator=torch.Generator().manual_seed(508))


def _pictures(count, seed):
    scenes = savanna.batch(RECIPE, count, seed=seed)
    return scenes["images"], order[scenes["labels"][:, 0]]


def _answers(images):
    """The scores of pictures, in parts, so that a network that needs much memory has enough."""
    if "model" not in entry:
        raise checks.CheckFailed("there is no network to judge: see the first part")
    with torch.no_grad():
        return torch.cat([entry["model"](part / 255).detach() for part in images.split(200)])


def _accuracy(images, labels):
    scores = _answers(images)
    checks.equal(tuple(scores.shape), (len(images), 6), "the shape of the scores")
    return (scores.argmax(1) == labels).float().mean().item()


def _reaches(accuracy, mark):
    if accuracy < mark:
        raise checks.CheckFailed(f"{accuracy:.1%} of the pictures are right, {mark:.0%} are needed: {_advice(accuracy)}")


def _advice(accuracy):
    if accuracy < 0.25:
        return "that is hardly better than chance, 1 in 6. Are the pictures scaled from 0 to 1 in training too? Does the loss fall?"
    return "train longer, augment, or look at the learning curves on pictures that you keep back"


entry = {}

with task.part(2, "a network within the budget"):
    images, labels = _pictures(1000, 5081)
    checks.seed(508)
    model, seconds = checks.timed(challenge, images, labels)
    if not isinstance(model, nn.Module):
        raise checks.CheckFailed("what challenge returned is no nn.Module: return the trained network itself")
    numbers = sum(tensor.numel() for tensor in model.state_dict().values())
    if numbers > 100_000:
        raise checks.CheckFailed(f"the network holds {numbers:,} numbers, the budget is 100,000: where are most of them?")
    if seconds > 90:
        raise checks.CheckFailed(f"training took {seconds:.0f} seconds of processor time, the budget is 90")
    entry = {"model": model.eval()}

with task.part(2, "at least half of the visible test's pictures"):
    _reaches(_accuracy(*_pictures(300, 5082)), 0.5)

### BEGIN HIDDEN TESTS
hidden = _pictures(600, 508_000_508)

with task.part(2, "at least 50 % of 600 hidden pictures"):
    accuracy = _accuracy(*hidden)
    print(f"challenge: accuracy {accuracy:.4f}, numbers {numbers}, seconds {seconds:.1f}")
    _reaches(accuracy, 0.5)

with task.part(2, "at least 65 %"):
    _reaches(_accuracy(*hidden), 0.65)

with task.part(2, "at least 75 %"):
    _reaches(_accuracy(*hidden), 0.75)
### END HIDDEN TESTS

task.score()

# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_learning_curves", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 9 · Three learning curves (8 points, marked by hand)
#
# Somebody trained the network of task 2 on 300 pictures like those of the challenge, three times for 60 epochs, and wrote
# down the loss (cross-entropy, six classes) on the training pictures and on 300 held-back ones:
#
# | run | epoch | 1 | 5 | 10 | 15 | 20 | 30 | 40 | 50 | 60 |
# | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
# | A | training | 1.79 | 1.79 | 1.79 | 1.79 | 1.78 | 1.78 | 1.76 | 1.74 | 1.72 |
# | | held back | 1.79 | 1.79 | 1.79 | 1.79 | 1.79 | 1.78 | 1.77 | 1.76 | 1.74 |
# | B | training | 1.79 | 1.56 | 1.36 | 1.12 | 0.92 | 0.44 | 0.21 | 0.09 | 0.03 |
# | | held back | 1.78 | 1.59 | 1.43 | 1.31 | 1.27 | 1.25 | 1.46 | 1.71 | 2.07 |
# | C | training | 1.80 | 1.72 | 1.60 | 1.42 | 1.34 | 1.16 | 1.09 | 0.96 | 0.74 |
# | | held back | 1.78 | 1.70 | 1.55 | 1.40 | 1.27 | 1.14 | 1.07 | 0.95 | 0.85 |
#
# In about ten sentences:
#
# 1. All runs begin near 1.79. Why, and what would a first loss of 9 have told you?
# 2. What is wrong with run A, and what would you change first?
# 3. What happens in run B from about epoch 30 on? Name two remedies.
# 4. Run C has dropout and augmentation. Up to epoch 50 its loss on *held-back* pictures is lower than on those it is trained
#    on. Nobody cheated: give two reasons.
# 5. Which network would you keep, of which run and epoch? Why is its held-back loss not an honest estimate for new
#    pictures, and what would be?
#
# **How it is marked.**
#
# | points | for |
# | ---: | --- |
# | 2 | log 6 and why (1); a first loss of 9 means first weights or inputs that are too large (1) |
# | 1 | run A learns far too slowly: raise the learning rate |
# | 2 | run B overfits, seen in the gap or the rise (1); two remedies that fit (1) |
# | 2 | two reasons, 1 each: dropout is off in evaluation; augmented pictures are harder; training's loss is a mean over the epoch while the network improves |
# | 1 | a choice that goes by the held-back loss, and that a third set, used once, is needed |

# %% [markdown] nbgrader={"grade": true, "grade_id": "learning_curves", "locked": false, "points": 8, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# A fresh network gives each of six classes about the same probability, and -log(1/6) = 1.79. A first loss of 9 would
# mean that it is sure of itself and wrong: its first weights, or its inputs, are too large.
#
# Run A hardly moves in 60 epochs, on either set: its steps are far too short. Raise the learning rate, by a factor of
# ten or more, before anything else.
#
# Run B learns its pictures by heart. From about epoch 30 the training loss goes on falling, to 0.03, while the held-back
# loss rises from 1.25 to 2.07: overfitting. Stop at epoch 30, augment, add dropout or weight decay, or get more pictures.
#
# In run C dropout disturbs the network in training and is off in evaluation; the augmented pictures are harder than
# the held-back ones, which are as they were taken; and the training loss is a mean over an epoch in which the network
# still improves, where the held-back loss is measured at its end.
#
# I keep run C after epoch 60, whose held-back loss, 0.85, is the least of all. It was chosen because of that number, among
# 180 networks, so it is likely to be a little lucky. An honest estimate needs a third set of pictures, looked at once, after
# the choice.
# ### END SOLUTION

# %% tags=["download"]
# On Colab this downloads your work, to hand it in. Elsewhere it does nothing: there the notebook is a file already.
from utils import colab

colab.download("05_building_and_training.ipynb")
