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
# # Assignment 01 · Limits of MLPs

# %% [markdown] tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/exercises/01_limits_of_mlps/01_limits_of_mlps.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/exercises/01_limits_of_mlps/01_limits_of_mlps.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/exercises/01_limits_of_mlps/01_limits_of_mlps.ipynb)
#
# 100 points · 9 tasks graded by tests

# %% [markdown] nbgrader={"grade": false, "grade_id": "intro", "locked": true, "schema_version": 3, "solution": false, "task": false}
# In the lecture an MLP learned patterns at one place, and lost them when they moved. Here you build the MLP, its gradients and the
# shift yourself, and measure the loss: by one component, by one pixel, by a few milliseconds.
#
# | task | you write | points |
# | --- | --- | ---: |
# | 1 | `fit_by_hand`: an MLP that goes through given points, without training | 14 |
# | 2 | `mlp_forward`: what an MLP computes | 10 |
# | 3 | `mlp_gradients`: its gradients, from scratch | 14 |
# | 4 | `mlp_parameters`: how many parameters for which image | 10 |
# | 5 | `shift`: move a pattern by so many components | 8 |
# | 6 | `accuracy_against_shift`: one pixel, two pixels, … | 10 |
# | 7 | `words_against_delay`: HAPA KAZI TU, a moment later | 8 |
# | 8 | `zebra_report`: turned, mirrored, moved | 8 |
# | 9 | `shuffle_weights`: an MLP that does not notice shuffled pixels | 8 |
# | 10 | a written answer: what does this network know? | 10 |
# | | | **100** |
#
# **How a task works.** Read the statement, fill the cell under it in place of `raise NotImplementedError`, run it, then run the test cell
# below it. A ✔ is earned; a ✘ says what is wrong. Hidden tests with fresh numbers decide the rest of the points, so an answer that only fits the
# numbers you see earns few of them.
#
# **Stuck?** Each task has three hints, from a nudge to nearly there. They cost nothing.
#
# **An MLP is plain data here:** a list of layers, each a pair `(weight, bias)` of tensors, `weight` with shape `(outputs, inputs)` and `bias` with shape
# `(outputs,)`, as in `nn.Linear`. Between two layers stands ReLU; after the last there is none.
#
# **The tasks are marked independently.** From task 5 on, the forward pass is no longer the question: use `network(layers)(x)` from the cell
# below, or your own `mlp_forward` if you trust it.

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
from dataclasses import replace

import torch

from utils.datasets import problems, speech
from utils.models import MLP


def network(layers):
    """The course's MLP with these weights: network(layers)(x) gives its scores, a row for each input."""
    sizes = [layers[0][0].shape[1], *(len(bias) for _, bias in layers)]
    model = MLP(sizes[0], sizes[1:-1], sizes[-1]).to(layers[0][0].dtype)
    values = {name: tensor for k, pair in enumerate(layers) for name, tensor in zip((f"{2 * k + 1}.weight", f"{2 * k + 1}.bias"), pair)}
    model.load_state_dict(values)
    return model.requires_grad_(False)


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_fit_by_hand", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 1 · An MLP that goes through given points (14 points)
#
# An MLP with one hidden layer can follow any function, and you need no training to see it. Given are the values $y_0, y_1, \dots, y_n$ of a
# function at the points $x_0 < x_1 < \dots < x_n$. You are to give the weights of an MLP with one number in, one number out, that goes **through
# all the points and along straight lines between them**.
#
# A hidden unit $\text{ReLU}(x - x_i)$ is 0 up to $x_i$ and rises with slope 1 from there. So it can *change the slope* at $x_i$ and touch
# nothing to the left of it. Between $x_i$ and $x_{i+1}$ the line has the slope
#
# $$s_i = \frac{y_{i+1} - y_i}{x_{i+1} - x_i}$$
#
# **Worked example.** Points $x = 0, 1, 3$ with $y = 2, 3, 1$. The slopes are $s_0 = 1$ and $s_1 = -1$. Start at $y_0 = 2$, which is the bias of the last
# layer; the unit at $x_0 = 0$ has weight $s_0 = 1$, the unit at $x_1 = 1$ has weight $s_1 - s_0 = -2$:
# $f(x) = 2 + \text{ReLU}(x) - 2\,\text{ReLU}(x - 1)$. Indeed $f(3) = 2 + 3 - 4 = 1$.
#
# Write `fit_by_hand(x, y)`. Both are tensors of shape $(n + 1,)$ with $n \ge 1$, `x` in rising order. It returns a list of two layers,
# `[(weight, bias), (weight, bias)]`, with shapes `(H, 1)`, `(H,)`, `(1, H)`, `(1,)` and the dtype of `x`. At most $3(n + 1)$ hidden units. What the
# network does to the left of $x_0$ and to the right of $x_n$ is left to you.
#
# If `x` does not rise from each point to the next, raise `ValueError`; the message **says the word** `rise` (or `rising`).

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_fit_by_hand", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# How many units do you need? One for each point at which the slope changes, and the first slope is a change too: from 0.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# The first layer has the weights 1 and the biases $-x_i$, for $i = 0, \dots, n-1$. The last layer has the weights $s_0, s_1 - s_0, s_2 - s_1, \dots$ and the
# bias $y_0$.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `slopes = y.diff() / x.diff()`. The weights of the last layer are `torch.cat([slopes[:1], slopes.diff()])`. Mind the shapes: `[:, None]` makes
# a column, `[None]` a row.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "fit_by_hand", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fit_by_hand(x, y):
    """Layers of an MLP with one hidden layer that goes through all points (x, y), straight between them."""
    ### BEGIN SOLUTION
    if (x.diff() <= 0).any():
        raise ValueError("x must be rising: each point to the right of the one before")
    slopes = y.diff() / x.diff()
    changes = torch.cat([slopes[:1], slopes.diff()])
    first = torch.ones(len(changes), 1, dtype=x.dtype), -x[:-1]
    last = changes[None], y[:1]
    return [first, last]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_fit_by_hand", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import torch

from utils import checks

task = checks.task(14)
generator = torch.Generator().manual_seed(101)


def _layers(x, y):
    """The layers that the student gives, once their form is right."""
    layers = fit_by_hand(x.clone(), y.clone())
    for number in range(2):
        pair = checks.item(layers, number, "what fit_by_hand returns")
        for place, name in enumerate(["weight", "bias"]):
            tensor = checks.item(pair, place, f"layer {number}")
            checks.equal(isinstance(tensor, torch.Tensor), True, f"the {name} of layer {number} is a tensor")
    hidden = len(layers[0][1])
    checks.equal(hidden <= 3 * len(x), True, f"at most 3 hidden units for each of the {len(x)} points (you have {hidden})")
    for number, shapes in enumerate([((hidden, 1), (hidden,)), ((1, hidden), (1,))]):
        for place, name in enumerate(["weight", "bias"]):
            checks.equal(tuple(layers[number][place].shape), shapes[place], f"the shape of the {name} of layer {number}")
            checks.equal(layers[number][place].dtype, x.dtype, f"the dtype of the {name} of layer {number}")
    return layers


def _value(layers, x):
    (w1, b1), (w2, b2) = layers
    return (torch.relu(x[:, None] @ w1.T + b1) @ w2.T + b2)[:, 0]


def _line(x, y, at):
    return torch.as_tensor(np.interp(at.numpy(), x.numpy(), y.numpy()), dtype=x.dtype)


def _check(x, y, at, what):
    slopes = y.diff() / x.diff()

    def _with(weights, bias):
        return bias + torch.relu(at[:, None] - x[:-1]) @ weights

    changes = torch.cat([slopes[:1], slopes.diff()])
    mistakes = {
        "each unit ADDS to the slope before it: its weight is the change s_i - s_(i-1), not the slope s_i": _with(slopes, y[0]),
        "the bias of the last layer is missing: the first point stands at y_0, not at 0": _with(changes, 0 * y[0]),
        "divide by the distance of the points: they need not be 1 apart": _with(
            torch.cat([y.diff()[:1], y.diff().diff()]), y[0]
        ),
        "the first slope is missing: at x_0 it changes from 0 to s_0": _with(
            torch.cat([0 * slopes[:1], slopes.diff()]), y[0]
        ),
        "the sign of the first layer's bias: a unit that begins at x_i has the bias -x_i": (
            y[0] + torch.relu(at[:, None] + x[:-1]) @ changes
        ),
    }
    checks.close(_value(_layers(x, y), at), _line(x, y, at), what, atol=1e-3, mistakes=mistakes)


x, y = torch.tensor([0.0, 1.0, 3.0]), torch.tensor([2.0, 3.0, 1.0])

with task.part(2, "the worked example, at its points"):
    _check(x, y, x, "the network at x = 0, 1, 3")

with task.part(2, "the worked example, between its points"):
    _check(x, y, torch.tensor([0.5, 1.5, 2.0, 2.9]), "the network at x = 0.5, 1.5, 2, 2.9")

### BEGIN HIDDEN TESTS
with task.part(4, "fresh points, an uneven grid, a start left of 0"):
    for count in (4, 9, 15):
        x = torch.rand(count, generator=generator, dtype=torch.float64).add(0.2).cumsum(0) - 2.5
        y = torch.randn(count, generator=generator, dtype=torch.float64)
        inside = x[0] + (x[-1] - x[0]) * torch.rand(50, generator=generator, dtype=torch.float64)
        _check(x, y, x, f"the network at {count} fresh points")
        _check(x, y, inside, f"the network between {count} fresh points")

with task.part(2, "two points: one straight line"):
    x, y = torch.tensor([-1.5, 0.5], dtype=torch.float64), torch.tensor([3.0, -1.0], dtype=torch.float64)
    _check(x, y, torch.tensor([-1.5, -1.0, 0.0, 0.5], dtype=torch.float64), "a line from (-1.5, 3) to (0.5, -1)")

with task.part(2, "a piece of a sine, to 0.01"):
    x = torch.linspace(0, 6, 61)
    at = torch.linspace(0, 6, 500)
    checks.close(_value(_layers(x, x.sin()), at), at.sin(), "sin(x) from 61 of its points", atol=0.01)

with task.part(2, "points that do not rise: an error"):
    _layers(torch.tensor([0.0, 1.0]), torch.tensor([0.0, 1.0]))
    values = torch.tensor([1.0, 2.0, 3.0])
    checks.raises(ValueError, fit_by_hand, torch.tensor([0.0, 2.0, 1.0]), values, mentions=("ris",))
    checks.raises(ValueError, fit_by_hand, torch.tensor([0.0, 1.0, 1.0]), values, mentions=("ris",))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_mlp_forward", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 2 · What an MLP computes (10 points)
#
# An input of any shape becomes one long vector. Each layer multiplies by its weight and adds its bias; ReLU stands **between** layers:
#
# $$h_0 = \text{flatten}(x) \qquad z_k = h_{k-1} W_k^\top + b_k \qquad h_k = \max(0, z_k) \qquad \text{scores} = z_L$$
#
# Write `mlp_forward(x, layers)`. `x` has shape $(B, \dots)$; the result has shape $(B, \text{outputs of the last layer})$. No ReLU after the last layer: scores
# may be negative.
#
# If the numbers in one input are not as many as the first layer's weight expects, raise `ValueError`; the message **holds both numbers**.
#
# **Worked example.** $x = (1, -2)$, $W_1 = \begin{pmatrix} 1 & 1 \\ 2 & 0 \end{pmatrix}$, $b_1 = (0, 1)$: $z_1 = (-1, 3)$ and $h_1 = (0, 3)$. With
# $W_2 = (5, -1)$ and $b_2 = 1$ the score is $-3 + 1 = -2$.
#
# Multiply and add yourself: `torch.nn` and `utils.models` (and so `network`) earn nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_mlp_forward", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Carry one tensor along, and renew it in a loop over the layers. Which layer is different from the others?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `x.flatten(1)` makes $(B, \dots)$ into $(B, \text{numbers})$. For a batch of rows a layer is `h @ weight.T + bias`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `for number, (weight, bias) in enumerate(layers):` apply the layer; `if number < len(layers) - 1:` set `h = h.clamp(min=0)`. The check comes before the
# loop: `h.shape[1] != layers[0][0].shape[1]`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "mlp_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mlp_forward(x, layers):
    """Scores of an MLP, (B, outputs), for a batch of inputs of any shape."""
    ### BEGIN SOLUTION
    h = x.flatten(1)
    expected = layers[0][0].shape[1]
    if h.shape[1] != expected:
        raise ValueError(f"one input has {h.shape[1]} numbers, but the first layer expects {expected}")
    for number, (weight, bias) in enumerate(layers):
        if number > 0:
            h = h.clamp(min=0)
        h = h @ weight.T + bias
    return h
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_mlp_forward", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
from random import Random

import torch

from utils import checks

task = checks.task(10)
generator = torch.Generator().manual_seed(102)


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _mlp(*sizes):
    return [(_draw(n, m), _draw(n)) for m, n in zip(sizes, sizes[1:])]


def _forward(x, layers):
    trace = checks.trace(mlp_forward, x, layers)
    checks.avoids(trace, "torch.nn.modules", "utils.models", instead="multiply and add yourself")
    return trace.value


def _oracle(x, layers, between=torch.relu, after=lambda z: z, biased=True):
    h = x.flatten(1)
    for number, (weight, bias) in enumerate(layers):
        h = h @ weight.T + (bias if biased else 0)
        h = after(h) if number == len(layers) - 1 else between(h)
    return h


def _check(x, layers, what):
    mistakes = {
        "there is no ReLU after the last layer: scores may be negative": _oracle(x, layers, after=torch.relu),
        "ReLU is missing between the layers: together they are one linear layer": _oracle(x, layers, between=lambda z: z),
        "the biases are missing": _oracle(x, layers, biased=False),
        "scores, not probabilities: no softmax at the end": _oracle(x, layers, after=lambda z: z.softmax(1)),
        "that is abs, not ReLU: negative values become 0": _oracle(x, layers, between=torch.abs),
    }
    checks.close(_forward(x, layers), _oracle(x, layers), what, mistakes=mistakes)


with task.part(1, "the worked example"):
    layers = [
        (torch.tensor([[1.0, 1.0], [2.0, 0.0]]), torch.tensor([0.0, 1.0])),
        (torch.tensor([[5.0, -1.0]]), torch.tensor([1.0])),
    ]
    _check(torch.tensor([[1.0, -2.0]]), layers, "the score of x = (1, -2)")

with task.part(1, "a batch of pictures"):
    _check(_draw(5, 3, 4, 4), _mlp(48, 7, 3), "x (5, 3, 4, 4), layers 48-7-3")

### BEGIN HIDDEN TESTS
with task.part(4, "12 fresh networks of one to four layers"):
    random = Random(102)
    for _ in range(12):
        sizes = [random.randint(2, 9) for _ in range(random.randint(2, 5))]
        _check(_draw(random.randint(2, 6), sizes[0]), _mlp(*sizes), "layers " + "-".join(map(str, sizes)))

with task.part(1, "one layer alone; one picture alone"):
    _check(_draw(4, 2, 3), _mlp(6, 3), "x (4, 2, 3), one layer 6-3")
    _check(_draw(1, 1, 5, 2), _mlp(10, 4, 2), "a batch of one")

with task.part(1, "the input and the layers stay as they were"):
    x, layers = _draw(3, 4), _mlp(4, 5, 2)
    before = [x.clone(), layers[0][0].clone(), layers[0][1].clone()]
    _forward(x, layers)
    for tensor, copy, name in zip([x, *layers[0]], before, ["x", "the first weight", "the first bias"]):
        checks.equal(tensor, copy, f"{name} after the call")

with task.part(2, "an input of the wrong size: an error"):
    _forward(_draw(2, 6), _mlp(6, 3))
    checks.raises(ValueError, mlp_forward, _draw(2, 1, 4, 4), _mlp(12, 5, 2), mentions=(16, 12))
    checks.raises(ValueError, mlp_forward, _draw(3, 9), _mlp(8, 2), mentions=(9, 8))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_mlp_gradients", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 3 · The gradients of an MLP (14 points)
#
# Training needs the derivative of the loss by every weight. With $G_k$ for the derivative of the loss by $z_k$, a row for each input of the batch, the chain rule goes
# backwards, layer by layer:
#
# $$\frac{\partial \text{loss}}{\partial W_k} = G_k^\top h_{k-1} \qquad \frac{\partial \text{loss}}{\partial b_k} = \text{sum of the rows of } G_k \qquad G_{k-1} = (G_k W_k) \odot [z_{k-1} > 0]$$
#
# The last factor is ReLU's: a unit that was cut off at zero passes nothing back. $G_L$ is given: it is `grad_scores`.
#
# Write `mlp_gradients(x, layers, grad_scores)`. It returns a list with a pair `(grad_weight, grad_bias)` for each layer, first layer first, in the shapes of the layers.
#
# **Worked example.** The network of task 2, $x = (1, -2)$, `grad_scores` $= (2)$. The last layer: $\partial W_2 = 2 \cdot h_1 = (0, 6)$, $\partial b_2 = 2$. Back through $W_2 = (5, -1)$:
# $(10, -2)$; but $z_1 = (-1, 3)$, so the first unit passes nothing: $G_1 = (0, -2)$. Then $\partial W_1 = \begin{pmatrix} 0 & 0 \\ -2 & 4 \end{pmatrix}$ and
# $\partial b_1 = (0, -2)$.
#
# Autograd earns nothing here: `.backward()`, `torch.autograd`, `torch.func` and the modules of `torch.nn` are not allowed.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_mlp_gradients", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# You need two passes: forwards, to keep what went **into** each layer, and backwards, to send `grad_scores` through the layers in reverse.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Keep a list of inputs: $h_0$, $h_1$, … Then, for the layers in reverse: the gradient of the weight is `g.T @ h`, that of the bias `g.sum(0)`, and below it arrives `g @ weight`,
# times the mask.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# The mask $z_{k-1} > 0$ is the same as $h_{k-1} > 0$, so the list of inputs is all you need: `g = (g @ weight) * (h > 0)`. (For the first layer it is not used any more.)
# Put the pairs in with `gradients.insert(0, ...)`, or reverse the list at the end.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "mlp_gradients", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mlp_gradients(x, layers, grad_scores):
    """Gradients (weight, bias) of each layer of an MLP, given the gradient of its scores."""
    ### BEGIN SOLUTION
    inputs = [x.flatten(1)]
    for weight, bias in layers[:-1]:
        inputs.append((inputs[-1] @ weight.T + bias).clamp(min=0))
    gradients, g = [], grad_scores
    for h, (weight, _) in zip(reversed(inputs), reversed(layers)):
        gradients.append((g.T @ h, g.sum(0)))
        g = (g @ weight) * (h > 0)
    return gradients[::-1]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_mlp_gradients", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
from random import Random

import torch

from utils import checks

task = checks.task(14)
generator = torch.Generator().manual_seed(103)


def _draw(*shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def _mlp(*sizes):
    return [(_draw(n, m), _draw(n)) for m, n in zip(sizes, sizes[1:])]


def _gradients(x, layers, grad_scores):
    trace = checks.trace(mlp_gradients, x, layers, grad_scores)
    checks.avoids(trace, "torch.autograd", "torch._tensor.Tensor.backward", "torch.func", "torch._functorch", "torch.nn.modules", "utils.models",
                  instead="send the gradient back yourself")
    return trace.value


def _oracle(x, layers, upstream, masked=True):
    """By autograd, which the answer may not use; without ReLU's mask if `masked` is false."""
    leaves = [(weight.clone().requires_grad_(), bias.clone().requires_grad_()) for weight, bias in layers]
    h = x.reshape(len(x), -1)
    for number, (weight, bias) in enumerate(leaves):
        if number:
            h = h.relu() if masked else h + (h.relu() - h).detach()
        h = torch.addmm(bias, h, weight.t())
    found = torch.autograd.grad(h, [tensor for pair in leaves for tensor in pair], upstream)
    return list(zip(found[::2], found[1::2]))


def _check(x, layers, grad_scores, what):
    right, actual = _oracle(x, layers, grad_scores), _gradients(x, layers, grad_scores)
    unmasked = _oracle(x, layers, grad_scores, masked=False)
    count = len(x)
    for number in reversed(range(len(layers))):
        pair = checks.item(actual, number, "what mlp_gradients returns")
        for place, name in enumerate(["weight", "bias"]):
            value = right[number][place]
            mistakes = {
                "ReLU passes nothing back where its input was negative: the mask is missing": unmasked[number][place],
                "gradients of a batch add up: yours is their mean": value / count,
                "the gradient has the wrong sign": -value,
                "the layers are in reverse order: first layer first": right[-1 - number][place],
            }
            if name == "weight":
                mistakes |= {"the weight's gradient is transposed: it has the shape of the weight": value.T}
            got = checks.item(pair, place, f"the gradients of layer {number}")
            checks.close(got, value, f"the gradient of layer {number}'s {name}, {what}", mistakes=mistakes)
    checks.equal(len(actual), len(layers), "the number of pairs")


with task.part(2, "the worked example"):
    layers = [
        (torch.tensor([[1.0, 1.0], [2.0, 0.0]]).double(), torch.tensor([0.0, 1.0]).double()),
        (torch.tensor([[5.0, -1.0]]).double(), torch.tensor([1.0]).double()),
    ]
    _check(torch.tensor([[1.0, -2.0]]).double(), layers, torch.tensor([[2.0]]).double(), "x = (1, -2)")

with task.part(2, "beside a numerical gradient, which knows no calculus"):
    x, layers, upstream = _draw(4, 5), _mlp(5, 6, 3), _draw(4, 3)
    (w1, b1), (w2, b2) = layers
    numerical = checks.numerical_gradient(
        lambda w: (x @ w.T + b1).clamp(min=0) @ w2.T + b2, w1, upstream=upstream, step=1e-6
    )
    pair = checks.item(_gradients(x, layers, upstream), 0, "what mlp_gradients returns")
    mistakes = lambda: {
        "ReLU passes nothing back where its input was negative: the mask is missing": _oracle(
            x, layers, upstream, masked=False
        )[0][0],
        "gradients of a batch add up: yours is their mean": numerical / 4,
    }
    got = checks.item(pair, 0, "the gradients of layer 0")
    checks.close(got, numerical, "the gradient of the first weight", atol=1e-4, mistakes=mistakes)

### BEGIN HIDDEN TESTS
with task.part(6, "10 fresh networks of one to four layers"):
    random = Random(103)
    for _ in range(10):
        sizes = [random.randint(2, 7) for _ in range(random.randint(2, 5))]
        rows = random.randint(2, 6)
        _check(_draw(rows, sizes[0]), _mlp(*sizes), _draw(rows, sizes[-1]), "layers " + "-".join(map(str, sizes)))

with task.part(2, "pictures, in single precision"):
    layers = [(weight.float(), bias.float()) for weight, bias in _mlp(48, 9, 4)]
    _check(_draw(6, 3, 4, 4).float(), layers, _draw(6, 4).float(), "x (6, 3, 4, 4)")

with task.part(2, "a unit that is never on learns nothing"):
    x, layers, upstream = _draw(5, 4), _mlp(4, 6, 2), _draw(5, 2)
    layers[0][1][2] = -1000.0
    result = _gradients(x, layers, upstream)
    first = checks.item(checks.item(result, 0, "what mlp_gradients returns"), 0, "the gradients of layer 0")
    checks.equal(tuple(first.shape), (6, 4), "the shape of the first weight's gradient")
    checks.close(first[2], torch.zeros(4, dtype=torch.float64), "the gradient of a unit that is off for every input")
    _check(x, layers, upstream, "with a unit that is always off")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_mlp_parameters", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 4 · How many parameters for which image? (10 points)
#
# Each unit has a weight for each number that comes in, and one bias. So a layer with $m$ inputs and $n$ units has $m \cdot n$ weights and $n$ biases.
#
# Write `mlp_parameters(image_shape, hidden, classes)`. `image_shape` is `(channels, height, width)`, `hidden` a list with the units of each hidden layer (it may be empty).
# It returns a dictionary of whole numbers:
#
# | entry | what |
# | --- | --- |
# | `"first"` | weights of the first layer alone |
# | `"total"` | all weights and all biases of the network |
# | `"megabytes"` | the whole megabytes of the total, at 4 bytes a number and 1,000,000 bytes a megabyte, rounded **down** |
#
# **Worked example.** `(1, 28, 28)`, hidden `[100]`, 10 classes: the first layer has $784 \cdot 100 = 78400$ weights; in all $78400 + 100 + 1000 + 10 = 79510$. At 4 bytes each that
# is 318,040 bytes: 0 whole megabytes.
#
# Then try `(3, 224, 224)` with `[1000]` and 1000 classes, and double the side of the image.
#
# Count with arithmetic: do not build the network (`torch`, `utils.models` and `utils.training` earn nothing).

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_mlp_parameters", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Write down the sizes in a row: numbers of the image, hidden layers, classes. Every two neighbours are a layer.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `sizes = [channels * height * width, *hidden, classes]`. `zip(sizes, sizes[1:])` gives the pairs (inputs, units).
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# The total is `sum(m * n + n for m, n in zip(sizes, sizes[1:]))`, the first layer's weights `sizes[0] * sizes[1]`. Whole numbers: `4 * total // 1_000_000`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "mlp_parameters", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mlp_parameters(image_shape, hidden, classes):
    """Parameters of an MLP for images: the first layer's weights, the total, and its whole megabytes."""
    ### BEGIN SOLUTION
    channels, height, width = image_shape
    sizes = [channels * height * width, *hidden, classes]
    total = sum(inputs * units + units for inputs, units in zip(sizes, sizes[1:]))
    return {"first": sizes[0] * sizes[1], "total": total, "megabytes": 4 * total // 1_000_000}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_mlp_parameters", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
from random import Random

from utils import checks

task = checks.task(10)


def _count(*args):
    trace = checks.trace(mlp_parameters, *args)
    checks.avoids(trace, "torch", "utils.models", "utils.training", "*randn*", "*uniform*", "*empty*",
                  instead="count with arithmetic")
    return trace.value


def _sizes(shape, hidden, classes, channels=True):
    return [(shape[0] if channels else 1) * shape[1] * shape[2], *hidden, classes]


def _total(sizes, biases=True):
    return sum(m * n + (n if biases else 0) for m, n in zip(sizes, sizes[1:]))


def _check(shape, hidden, classes):
    sizes, grey = _sizes(shape, hidden, classes), _sizes(shape, hidden, classes, channels=False)
    total = _total(sizes)
    call = f"mlp_parameters({shape}, {hidden}, {classes})"
    counted = _count(shape, hidden, classes)
    bias_of_inputs = sum(m * n + m for m, n in zip(sizes, sizes[1:]))
    checks.equal(checks.item(counted, "first", call), sizes[0] * sizes[1], f"{call}['first']", mistakes={
        "the channels are missing: a colour image has three numbers a pixel": grey[0] * grey[1],
        "that is the first layer with its biases: weights alone": sizes[0] * sizes[1] + sizes[1],
        "that is one unit's weights: each unit has as many": sizes[0],
        "without a hidden layer the first layer leads to the classes": 0,
    })
    checks.equal(checks.item(counted, "total", call), total, f"{call}['total']", mistakes={
        "the biases are missing: one for each unit": _total(sizes, biases=False),
        "there is one bias for each unit, not for each input": bias_of_inputs,
        "the channels are missing: a colour image has three numbers a pixel": _total(grey),
        "the last layer is missing": _total(sizes[:-1]),
        "the layers between the first and the last are missing": _total([sizes[0], sizes[1]]) + _total(sizes[-2:]),
    })
    checks.equal(checks.item(counted, "megabytes", call), 4 * total // 1_000_000, f"{call}['megabytes']", mistakes={
        "`/` gives a float, and rounding down an int: use `//`": 4 * total / 1_000_000,
        "a megabyte is 1,000,000 bytes here, not 1024 * 1024": 4 * total // 1024**2,
        "each number takes 4 bytes": total // 1_000_000,
        "round down, not to the nearest": round(4 * total / 1_000_000),
    })
    checks.equal(counted, {"first": sizes[0] * sizes[1], "total": total, "megabytes": 4 * total // 1_000_000}, call)


with task.part(2, "the worked example"):
    _check((1, 28, 28), [100], 10)

with task.part(2, "a photograph: 224x224 in colour"):
    _check((3, 224, 224), [1000], 1000)

### BEGIN HIDDEN TESTS
with task.part(2, "several hidden layers"):
    _check((3, 32, 32), [64, 48, 20], 4)
    _check((1, 96, 64), [500, 300], 7)

with task.part(1, "no hidden layer"):
    _check((3, 20, 30), [], 5)

with task.part(3, "40 fresh networks"):
    random = Random(104)
    for _ in range(40):
        shape = random.choice([1, 2, 3, 4]), random.randint(5, 300), random.randint(5, 300)
        _check(shape, [random.randint(2, 900) for _ in range(random.randint(1, 4))], random.randint(2, 100))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_shift", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 5 · Move a pattern (8 points)
#
# To measure what a move does, we need the move. Write `shift(x, steps, dim=-1, fill=0.0)`. It returns a new tensor of the same shape and dtype in which everything has moved by
# `steps` components along dimension `dim`: towards the end if `steps` is positive, towards the beginning if it is negative.
#
# What leaves at one end is **lost**; what comes in at the other end is `fill`. A move by as many steps as there are components, or more, leaves `fill` alone. The input stays as
# it was.
#
# **Worked example.** `shift(torch.tensor([1, 2, 3, 4]), 1, fill=0)` is `[0, 1, 2, 3]`; with `steps=-2` it is `[3, 4, 0, 0]`; with `steps=9` it is `[0, 0, 0, 0]`.
#
# Is `torch.roll` of use? Only partly: it brings in at one end what left at the other. A zebra that leaves on the right does not come back from the left.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_shift", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Make the result full of `fill` first, then copy into it what stays in sight. How many components stay?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `torch.full_like(x, fill)` and `torch.narrow(tensor, dim, start, length)`, a view of a stretch along one dimension, do it for every dimension. With `n = x.shape[dim]`, `n - abs(steps)`
# components stay.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# If `n - abs(steps) <= 0`, return the full tensor. Otherwise `out.narrow(dim, max(steps, 0), kept).copy_(x.narrow(dim, max(-steps, 0), kept))`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "shift", "locked": false, "schema_version": 3, "solution": true, "task": false}
def shift(x, steps, dim=-1, fill=0.0):
    """x moved by `steps` components along `dim`, with `fill` where nothing comes from."""
    ### BEGIN SOLUTION
    moved = torch.full_like(x, fill)
    kept = x.shape[dim] - abs(steps)
    if kept > 0:
        moved.narrow(dim, max(steps, 0), kept).copy_(x.narrow(dim, max(-steps, 0), kept))
    return moved
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_shift", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from random import Random

import torch

from utils import checks

task = checks.task(8)
generator = torch.Generator().manual_seed(105)


def _oracle(x, steps, dim=-1, fill=0.0):
    n = x.shape[dim]
    columns = [x.select(dim, i - steps) if 0 <= i - steps < n else torch.full_like(x.select(dim, 0), fill) for i in range(n)]
    return torch.stack(columns, dim)


def _check(x, steps, dim=-1, fill=0.0):
    before = x.clone()
    mistakes = {
        "what leaves at one end comes back at the other: what leaves is lost": torch.roll(before, steps, dim),
        "that is the other direction: positive steps move towards the end": _oracle(before, -steps, dim, fill),
        "the new components are not `fill`": _oracle(before, steps, dim, 0.0),
        "the new components are `fill`, not a copy of the border": torch.stack(
            [before.select(dim, min(max(i - steps, 0), x.shape[dim] - 1)) for i in range(x.shape[dim])], dim
        ),
        "that is the last dimension: move along `dim`": _oracle(before, steps, -1, fill),
        "nothing has moved": before,
    }
    call = f"shift of a tensor {tuple(x.shape)} by {steps} steps, dim={dim}, fill={fill}"
    trace = checks.trace(shift, x, steps, dim=dim, fill=fill)
    checks.avoids(trace, "utils.datasets", instead="move the components yourself")
    checks.close(trace.value, _oracle(before, steps, dim, fill), call, mistakes=mistakes)
    checks.equal(x, before, "the input after the call")


with task.part(1, "the worked example"):
    row = torch.tensor([1.0, 2.0, 3.0, 4.0])
    _check(row, 1)
    _check(row, -2)

with task.part(1, "pictures, down by two pixels, filled with 0.5"):
    _check(torch.randn(2, 1, 5, 4, generator=generator), 2, dim=-2, fill=0.5)

### BEGIN HIDDEN TESTS
with task.part(2, "no step, one step, all steps, more than all"):
    for steps in (0, 1, -1, 4, 5, -5, 6, -11):
        _check(torch.randn(3, 5, generator=generator), steps, fill=-1.0)

with task.part(3, "40 fresh moves along every dimension"):
    random = Random(105)
    for _ in range(40):
        x = torch.randn(*(random.randint(2, 6) for _ in range(random.randint(1, 4))), generator=generator)
        dim = random.randint(-x.ndim, x.ndim - 1)
        _check(x, random.randint(-6, 6), dim=dim, fill=random.choice([0.0, 1.5, -0.25]))

with task.part(1, "whole numbers stay whole numbers"):
    result = shift(torch.arange(6).reshape(2, 3), 1, fill=7)
    checks.equal(result, torch.tensor([[7, 0, 1], [7, 3, 4]]), "shift of whole numbers by 1, fill=7")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_accuracy_against_shift", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 6 · One pixel, two pixels, … (10 points)
#
# Now the measurement that this unit is about. Write `accuracy_against_shift(layers, images, labels, shifts, dim=-1, fill=0.0)`. For each number in `shifts` it moves the images
# by so many pixels along `dim` (as in task 5; `problems.moved(x, steps, dim, fill)` is the course's own, and may be used from here on), asks the MLP with these `layers`, and notes which part of the images is classified right: the class with the largest score is the answer.
#
# It returns a dictionary with
#
# | entry | what |
# | --- | --- |
# | `"accuracy"` | a list of `float` from 0 to 1, one for each of `shifts`, in their order |
# | `"reach"` | an `int`: the largest $n$ such that **every** one of `shifts` whose size is at most $n$ keeps an accuracy of at least 9/10 of that at shift 0; look at $n = 0, 1, 2, \dots$ up to the largest size in `shifts` |
#
# `images` has shape $(B, C, H, W)$ or $(B, N)$, `labels` shape $(B,)$; `shifts` always contains 0. Sizes that are not in `shifts` count as kept.
#
# **Worked example.** `shifts = [0, 1, 2, 3]` with accuracies 1.0, 0.95, 0.6, 0.92: the reach is 1, because 2 is lost; that 3 is good again does not help.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_accuracy_against_shift", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# One loop over `shifts` for the accuracies, then a second question about the list. Keep each accuracy with its shift.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `network(layers)(problems.moved(images, steps, dim, fill)).argmax(1) == labels` is true where the answer is right; `.float().mean().item()` is the accuracy as a `float`. For the reach: which is the least size that is
# lost?
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `lost = [abs(s) for s, a in zip(shifts, accuracy) if a < 0.9 * home]`. If the list is empty the reach is `max(abs(s) for s in shifts)`, otherwise `min(lost) - 1`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "accuracy_against_shift", "locked": false, "schema_version": 3, "solution": true, "task": false}
def accuracy_against_shift(layers, images, labels, shifts, dim=-1, fill=0.0):
    """Accuracy of an MLP on images moved by each of `shifts`, and how far the pattern may move."""
    ### BEGIN SOLUTION
    model = network(layers)
    accuracy = [
        (model(problems.moved(images, steps, dim, fill)).argmax(1) == labels).float().mean().item() for steps in shifts
    ]
    home = accuracy[list(shifts).index(0)]
    lost = [abs(steps) for steps, part in zip(shifts, accuracy) if part < 0.9 * home]
    return {"accuracy": accuracy, "reach": min(lost) - 1 if lost else max(abs(steps) for steps in shifts)}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_accuracy_against_shift", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks
from utils.datasets import digits

task = checks.task(10)
generator = torch.Generator().manual_seed(106)


def _moved(x, steps, dim, fill):
    n = x.shape[dim]
    columns = [x.select(dim, i - steps) if 0 <= i - steps < n else torch.full_like(x.select(dim, 0), fill) for i in range(n)]
    return torch.stack(columns, dim)


def _scores(layers, x):
    h = x.flatten(1)
    for number, (weight, bias) in enumerate(layers):
        h = (h.clamp(min=0) if number else h) @ weight.T + bias
    return h


def _accuracies(layers, images, labels, shifts, dim=-1, fill=0.0, move=_moved):
    return [(_scores(layers, move(images, s, dim, fill)).argmax(1) == labels).float().mean().item() for s in shifts]


def _reach(shifts, accuracies):
    home = accuracies[list(shifts).index(0)]
    lost = [abs(s) for s, a in zip(shifts, accuracies) if a < 0.9 * home]
    return min(lost) - 1 if lost else max(map(abs, shifts))


def _check(layers, images, labels, shifts, what, dim=-1, fill=0.0):
    args = layers, images, labels, shifts
    right = _accuracies(*args, dim, fill)
    got = accuracy_against_shift(*args, dim=dim, fill=fill)
    other = -1 if dim == -2 else -2 if images.ndim > 2 else -1

    def _mistakes():
        return {
            "that is percent: give parts from 0 to 1": [100 * a for a in right],
            "that is the error rate: the accuracy is the part that is right": [1 - a for a in right],
            "the images go in as they are: move them before you ask the network": [right[list(shifts).index(0)]] * len(shifts),
            "the images come back at the other end: what leaves is lost": _accuracies(
                *args, dim, fill, move=lambda x, s, d, f: torch.roll(x, s, d)
            ),
            "that is the other direction": _accuracies(*args[:3], [-s for s in shifts], dim, fill),
            "the images are moved along the wrong dimension": _accuracies(*args, other, fill),
            "`fill` is not passed on": _accuracies(*args, dim, 0.0),
        }

    checks.close(checks.item(got, "accuracy", what), right, f"{what}: the accuracies", mistakes=_mistakes)
    lost = [abs(s) for s, a in zip(shifts, right) if a < 0.9 * right[list(shifts).index(0)]]
    kept = [abs(s) for s, a in zip(shifts, right) if a >= 0.9 * right[list(shifts).index(0)]]
    checks.equal(checks.item(got, "reach", what), _reach(shifts, right), f"{what}: the reach", mistakes={
        "that is the least shift that is lost; the reach is the last one before it": min(lost, default=-1),
        "a shift that is good again beyond one that is lost does not count": max(kept),
        "that is how many of the shifts are kept, not how far": len(kept),
    })


def _ridge(x, targets, strength):
    """A linear classifier in one step, without training: least squares."""
    x = torch.cat([x.flatten(1), torch.ones(len(x), 1)], 1).double()
    targets = torch.nn.functional.one_hot(targets).double()
    weights = torch.linalg.solve(x.T @ x + strength * torch.eye(x.shape[1]), x.T @ targets).T.float()
    return [(weights[:, :-1], weights[:, -1])]


pattern = torch.tensor([1.0, 1, 1, -1, -1, 1, -1])
detector = torch.zeros(1, 16)
detector[0, 4:11] = pattern
one_unit = [(detector, torch.tensor([-6.0])), (torch.tensor([[0.0], [2.0]]), torch.tensor([0.5, 0.0]))]

with task.part(2, "a pattern, and a unit that knows it at one place"):
    _check(one_unit, detector.repeat(4, 1), torch.ones(4, dtype=torch.int64), [0, 1, 2], "shifts [0, 1, 2]")

two_places = torch.stack([detector[0], torch.roll(detector[0], 3)])
two_units = [(two_places, torch.tensor([-6.0, -6.0])), (torch.tensor([[0.0, 0.0], [2.0, 2.0]]), torch.tensor([0.5, 0.0]))]

with task.part(1, "to the left, in another order; and a second unit, three components on"):
    _check(one_unit, detector.repeat(4, 1), torch.ones(4, dtype=torch.int64), [-1, 3, 0, -2], "shifts [-1, 3, 0, -2]")
    _check(two_units, detector.repeat(4, 1), torch.ones(4, dtype=torch.int64), [0, 1, 2, 3], "two units, shifts [0, 1, 2, 3]")

### BEGIN HIDDEN TESTS
images, labels = digits.load("train", seed=6)
reader = _ridge(images[:900], labels[:900], 1.0)
images, labels = images[900:1300], labels[900:1300]

with task.part(3, "handwritten digits, to both sides, up and down"):
    _check(reader, images, labels, [0, 1, 2, 3], "digits to the right")
    _check(reader, images, labels, [-3, -2, -1, 0], "digits to the left")
    _check(reader, images, labels, [0, 1, -1, 2, -2], "digits down and up", dim=-2)

with task.part(1, "another fill"):
    _check(reader, images, labels, [0, 1, 2], "digits to the right, filled with ink", fill=1.0)

with task.part(2, "fresh networks of two layers"):
    for _ in range(4):
        layers = [(torch.randn(n, m, generator=generator), torch.randn(n, generator=generator)) for m, n in [(48, 9), (9, 3)]]
        pictures = torch.randn(150, 3, 4, 4, generator=generator)
        answers = _scores(layers, pictures).argmax(1)
        wrong = torch.rand(150, generator=generator) < 0.2
        answers[wrong] = (answers[wrong] + 1) % 3
        _check(layers, pictures, answers, [0, 1, 2], "a fresh network")

with task.part(1, "the reach where nothing is lost"):
    bias_only = [(torch.zeros(2, 16), torch.tensor([0.0, 1.0]))]
    _check(bias_only, torch.randn(10, 16, generator=generator), torch.ones(10, dtype=torch.int64), [0, 2, -5, 3], "an MLP that does not look")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_words_against_delay", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 7 · HAPA KAZI TU, a moment later (8 points)
#
# The same question for sound. Write `words_against_delay(layers, clips, labels, delays)`. `clips` has shape $(B, 1, T)$: the waveforms themselves, 8,000 samples a second. For each number of samples in `delays`
#
# 1. move the **sound** by so many samples, later for positive numbers, silence (0) coming in;
# 2. take its spectrogram, `speech.spectrogram(moved)`, and scale it as the lecture did: $(\text{dB} + 60)/20$;
# 3. ask the MLP with these `layers`; the answer is the class with the largest score.
#
# It returns a dictionary: each delay against the accuracy, a `float` from 0 to 1.
#
# **Worked example.** `words_against_delay(layers, clips, labels, [0, 256])` may return `{0: 0.95, 256: 0.5}`.
#
# It is the sound that is late, not its spectrogram: a delay of 64 samples is half a column, and no shift of columns can express it.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_words_against_delay", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# All the parts are there: `problems.moved`, the course's spectrogram, the network. Put them in the right order.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Along which dimension does time run in clips of shape $(B, 1, T)$? And what fills the silence?
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `inputs = (speech.spectrogram(problems.moved(clips, delay)) + 60) / 20`, then `network(layers)(inputs).argmax(1) == labels`. One entry for each delay.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "words_against_delay", "locked": false, "schema_version": 3, "solution": true, "task": false}
def words_against_delay(layers, clips, labels, delays):
    """Accuracy of an MLP on clips whose sound begins so many samples later, as a dictionary."""
    ### BEGIN SOLUTION
    model, accuracy = network(layers), {}
    for delay in delays:
        inputs = (speech.spectrogram(problems.moved(clips, delay)) + 60) / 20
        accuracy[delay] = (model(inputs).argmax(1) == labels).float().mean().item()
    return accuracy
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_words_against_delay", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks
from utils.datasets import problems, speech

task = checks.task(8)


def _moved(x, steps):
    moved = torch.zeros_like(x)
    n = x.shape[-1] - abs(steps)
    moved[..., max(steps, 0) : max(steps, 0) + n] = x[..., max(-steps, 0) : max(-steps, 0) + n]
    return moved


def _inputs(clips, delay=0, move=_moved, scale=lambda s: (s + 60) / 20):
    return scale(speech.spectrogram(move(clips, delay)))


def _listener():
    """A linear classifier of the training clips in one step: least squares, written with the clips as unknowns."""
    inputs, labels = problems.words("train")
    x = torch.cat([inputs.flatten(1), torch.ones(len(inputs), 1)], 1).double()
    sides = torch.stack([1.0 - labels, 1.0 * labels], 1).double()
    weights = (torch.linalg.solve(x @ x.T + 100 * torch.eye(len(x)), sides).T @ x).float()
    return [(weights[:, :-1], weights[:, -1])]


def _accuracy(inputs, labels):
    (weight, bias), *_ = layers
    return ((inputs.flatten(1) @ weight.T + bias).argmax(1) == labels).float().mean().item()


layers = _listener()
clips, labels, _ = speech.load("test", place="fixed", length=problems.WINDOW)


def _check(chosen, delays, what):
    sounds, answers = clips[chosen], labels[chosen]

    def _all(**how):
        return {delay: _accuracy(_inputs(sounds, delay, **how), answers) for delay in delays}

    def _mistakes():
        still = _inputs(sounds)
        return {
            "you moved the spectrogram; move the sound": {d: _accuracy(_moved(still, round(d / 128)), answers) for d in delays},
            "you moved the spectrogram, by columns instead of samples; move the sound": {
                d: _accuracy(_moved(still, d) if abs(d) < 54 else torch.zeros_like(still), answers) for d in delays
            },
            "the sound comes back at the other end: silence comes in": _all(move=lambda x, d: x.roll(d, -1)),
            "that is the other direction: a positive delay is later": _all(move=lambda x, d: _moved(x, -d)),
            "the spectrogram is not scaled: (dB + 60) / 20": _all(scale=lambda s: s),
            "that is percent: give parts from 0 to 1": {d: 100 * a for d, a in _all().items()},
            "the sound is not moved at all": {d: _accuracy(still, answers) for d in delays},
        }

    result = words_against_delay(layers, sounds, answers, delays)
    checks.close(result, _all(), what, mistakes=_mistakes)


with task.part(2, "unseen voices at home and 256 samples later"):
    _check(slice(0, 80), [0, 256], "delays [0, 256]")

### BEGIN HIDDEN TESTS
with task.part(3, "all unseen voices, from 32 to 384 samples"):
    _check(slice(None), [0, 32, 64, 96, 128, 192, 384], "seven delays")

with task.part(2, "earlier: negative delays"):
    _check(slice(None), [-64, -160, -256], "delays [-64, -160, -256]")

with task.part(1, "fresh clips, in another order"):
    order = torch.randperm(len(clips), generator=torch.Generator().manual_seed(107))[:60]
    _check(order, [200, 0, 48], "delays [200, 0, 48] on 60 clips")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_zebra_report", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 8 · Turned, mirrored, moved (8 points)
#
# `problems.ZEBRA` is a recipe: upright animals in the middle. `replace(problems.ZEBRA, rotation=30.0)` is the same recipe with **one** thing changed, and
# `problems.animals(recipe, count, seed=seed)` makes the test pictures and their labels (0 is the zebra).
#
# Write `zebra_report(layers, changes, count, seed)`. `changes` is a dictionary, the name of each experiment against what it changes:
#
# ```python
# changes = {
#     "at home": {},
#     "turned by 30 degrees": {"rotation": 30.0},
#     "mirrored": {"mirror": 1.0},
#     "at the upper left": {"x": 0.0, "y": 0.0},
# }
# ```
#
# For each experiment make `count` pictures with this `seed`, ask the MLP with these `layers`, and report under the same name a dictionary with
#
# | entry | what |
# | --- | --- |
# | `"accuracy"` | part of **all** pictures that is classified right |
# | `"zebras found"` | of the pictures that show a **zebra**, the part that is called a zebra |
#
# Both are `float`. Every experiment starts from `problems.ZEBRA`, not from the one before it.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_zebra_report", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# One loop over `changes.items()`. What changes from turn to turn is only the recipe.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `replace(problems.ZEBRA, **change)` makes the recipe. Of the answers, `answers == labels` tells what is right; to look at zebras only, choose rows first: `labels == 0`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `right = network(layers)(inputs).argmax(1) == labels`. Then `right.float().mean().item()` and `right[labels == 0].float().mean().item()`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "zebra_report", "locked": false, "schema_version": 3, "solution": true, "task": false}
def zebra_report(layers, changes, count, seed):
    """Accuracy, and part of the zebras found, of an MLP on test pictures with something changed."""
    ### BEGIN SOLUTION
    model, report = network(layers), {}
    for name, change in changes.items():
        inputs, labels = problems.animals(replace(problems.ZEBRA, **change), count, seed=seed)
        right = (model(inputs).argmax(1) == labels).float()
        report[name] = {"accuracy": right.mean().item(), "zebras found": right[labels == 0].mean().item()}
    return report
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_zebra_report", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from dataclasses import replace

import torch

from utils import checks
from utils.datasets import problems

task = checks.task(8)


def _watcher():
    """A linear classifier of 400 pictures in one step: least squares."""
    inputs, labels = problems.animals(problems.ZEBRA, 400, seed=108)
    x = torch.cat([inputs.flatten(1), torch.ones(400, 1)], 1).double()
    targets = torch.nn.functional.one_hot(labels).double()
    weights = (torch.linalg.solve(x @ x.T + 10 * torch.eye(400), targets).T @ x).float()
    return [(weights[:, :-1], weights[:, -1])]


layers = _watcher()


def _ask(recipe, count, seed):
    inputs, labels = problems.animals(recipe, count, seed=seed)
    (weight, bias), *_ = layers
    return (inputs.flatten(1) @ weight.T + bias).argmax(1), labels


def _rates(answers, labels):
    right = (answers == labels).float()
    return {"accuracy": right.mean().item(), "zebras found": right[labels == 0].mean().item()}


def _check(changes, count, seed, what):
    asked = {name: _ask(replace(problems.ZEBRA, **change), count, seed) for name, change in changes.items()}
    right = {name: _rates(*pair) for name, pair in asked.items()}

    def _altered(found):
        return {name: right[name] | {"zebras found": found(*pair)} for name, pair in asked.items()}

    def _kept():
        recipe, found = problems.ZEBRA, {}
        for name, change in changes.items():
            recipe = replace(recipe, **change)
            found[name] = _rates(*_ask(recipe, count, seed))
        return found

    def _mistakes():
        home = _rates(*_ask(problems.ZEBRA, count, seed))
        return {
            "every experiment starts from problems.ZEBRA; yours keeps the changes of those before": _kept(),
            "nothing is changed: build the recipe with replace(problems.ZEBRA, **change)": dict.fromkeys(changes, home),
            "`zebras found` is a part of the pictures that SHOW a zebra, not of those CALLED one": _altered(
                lambda a, y: (y[a == 0] == 0).float().mean().item()
            ),
            "`zebras found` is a part of the zebras, not of all pictures": _altered(
                lambda a, y: ((a == 0) & (y == 0)).float().mean().item()
            ),
            "`zebras found` asks about zebras only: whether zebra or not is right for all pictures is another question": _altered(
                lambda a, y: ((a == 0) == (y == 0)).float().mean().item()
            ),
            "that is percent: give parts from 0 to 1": {n: {k: 100 * v for k, v in r.items()} for n, r in right.items()},
            "other pictures: pass the seed on": {
                n: _rates(*_ask(replace(problems.ZEBRA, **c), count, 0)) for n, c in changes.items()
            },
        }

    checks.close(zebra_report(layers, changes, count, seed), right, what, mistakes=_mistakes)


with task.part(2, "at home, turned, mirrored, at another place"):
    changes = {"at home": {}, "turned": {"rotation": 30.0}, "mirrored": {"mirror": 1.0}, "upper left": {"x": 0.0, "y": 0.0}}
    _check(changes, 80, 5, "four experiments with 80 pictures")

### BEGIN HIDDEN TESTS
with task.part(2, "angles, with fresh pictures"):
    _check({f"{angle} degrees": {"rotation": float(angle)} for angle in (5, 10, 20, 45, 90, 180)}, 120, 1081, "six angles")

with task.part(2, "shifts and places"):
    changes = {f"right {n}": {"shift": (n, 0)} for n in (1, 2, 4)} | {"left edge": {"x": 0.0}, "below": {"y": 1.0}, "home": {}}
    _check(changes, 120, 1082, "six places")

with task.part(2, "changes that could be carried over"):
    _check({"both": {"rotation": 90.0, "mirror": 1.0}, "home": {}, "right": {"shift": (2, 1)}, "larger": {"scale": 0.8}}, 120, 1083,
           "four experiments in a row")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_shuffle_weights", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 9 · An MLP that does not notice (8 points)
#
# All images of a data set have their pixels shuffled by one fixed `order`: `shuffled = images.flatten(1)[:, order]`, so that position $j$ now shows what was at position `order[j]`. You cannot read them any
# more. Show that an MLP does not mind: from an MLP for the readable images you can make, without training, one that gives **the same scores for the shuffled images**.
#
# Write `shuffle_weights(layers, order)`. `order` is a tensor of whole numbers, each position of the input once. It returns new layers (a list of pairs) such that
#
# $$\text{scores}_{\text{new}}(\text{shuffled}) = \text{scores}_{\text{old}}(\text{images})$$
#
# The layers given stay as they were. If `order` is not each position from 0 to $n - 1$ once, where $n$ is the number of inputs of the first layer, raise `ValueError`; the message **holds** $n$.
#
# **Worked example.** A layer with `weight` $= (10, 20, 30)$ and `order = [2, 0, 1]`. From $(a, b, c)$ comes the shuffled $(c, a, b)$, so the new weight is $(30, 10, 20)$.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_shuffle_weights", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Only one layer sees pixels. Which of the two dimensions of its weight belongs to them?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# The columns of the first weight belong to the inputs. Input $j$ of the new network is what input `order[j]` was: so is its column.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `[(weight[:, order], bias), *layers[1:]]`, where `weight, bias = layers[0]`. The check: `sorted(order.tolist()) != list(range(n))`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "shuffle_weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
def shuffle_weights(layers, order):
    """Layers that give for shuffled inputs, x.flatten(1)[:, order], the scores of `layers` for x."""
    ### BEGIN SOLUTION
    (weight, bias), *others = layers
    n = weight.shape[1]
    if sorted(order.tolist()) != list(range(n)):
        raise ValueError(f"order must hold each position from 0 to {n - 1} once, for {n} inputs")
    return [(weight[:, order], bias), *others]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_shuffle_weights", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(8)
generator = torch.Generator().manual_seed(109)


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _mlp(*sizes):
    return [(_draw(n, m), _draw(n)) for m, n in zip(sizes, sizes[1:])]


def _scores(layers, x):
    h = x.flatten(1)
    for number, (weight, bias) in enumerate(layers):
        h = (h.clamp(min=0) if number else h) @ weight.T + bias
    return h


def _check(layers, order, x, what):
    copies = [(weight.clone(), bias.clone()) for weight, bias in layers]
    result = shuffle_weights(layers, order)
    checks.equal(len(result), len(layers), f"{what}: the number of layers")
    shuffled = x.flatten(1)[:, order]
    (weight, bias), *others = copies
    first = checks.item(checks.item(result, 0, "what shuffle_weights returns"), 0, "layer 0")
    checks.close(first, weight[:, order], f"{what}: the first weight", mistakes={
        "that undoes the order; apply it: column j of the new weight is column order[j] of the old": weight[:, order.argsort()],
        "nothing is shuffled": weight,
        "the columns belong to the inputs, the rows to the units": (
            weight[order] if weight.shape[0] == weight.shape[1] else weight[torch.arange(len(weight)).flip(0)]
        ),
    })
    for number, (pair, right) in enumerate(zip(result, [(weight[:, order], bias), *others])):
        for place, name in enumerate(["weight", "bias"]):
            got = checks.item(pair, place, f"layer {number}")
            checks.close(got, right[place], f"{what}: only the first weight changes; the {name} of layer {number}")
    checks.close(_scores(result, shuffled), _scores(copies, x), f"{what}: the scores", atol=1e-4)
    for pair, copy in zip(layers, copies):
        checks.equal(pair[0], copy[0], "the layers given, after the call")


with task.part(2, "the worked example"):
    _check([(torch.tensor([[10.0, 20.0, 30.0]]), torch.zeros(1))], torch.tensor([2, 0, 1]), _draw(4, 3), "order [2, 0, 1]")

### BEGIN HIDDEN TESTS
with task.part(4, "8 fresh networks and orders, square weights among them"):
    for sizes in [(9, 5, 2), (9, 9, 3), (16, 16, 16), (4, 3), (12, 7, 5, 2), (25, 6, 4), (36, 36, 2), (48, 8, 3)]:
        order = torch.randperm(sizes[0], generator=generator)
        _check(_mlp(*sizes), order, _draw(5, sizes[0]), "layers " + "-".join(map(str, sizes)))

with task.part(2, "an order that is none: an error"):
    shuffle_weights(_mlp(4, 2), torch.tensor([1, 0, 3, 2]))
    checks.raises(ValueError, shuffle_weights, _mlp(4, 2), torch.tensor([0, 1, 2]), mentions=(4,))
    checks.raises(ValueError, shuffle_weights, _mlp(5, 3, 2), torch.tensor([0, 1, 2, 2, 4]), mentions=(5,))
    checks.raises(ValueError, shuffle_weights, _mlp(6, 2), torch.tensor([1, 2, 3, 4, 5, 6]), mentions=(6,))
### END HIDDEN TESTS

task.score()

# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_what_it_knows", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 10 · What does this network know? (10 points, marked by hand)
#
# A colleague has trained an MLP on 5,000 pictures of $64 \times 64$ pixels in colour, with 500 hidden units. In each picture the zebra, if there is one, stands in the middle. "99 % on new pictures," they
# say, "so it knows what a zebra is." The camera will hang in the savanna, where zebras walk about. In about ten sentences, explain to them:
#
# 1. why the 99 % do not say what they hope, and one measurement that would (what is varied, what stays the same, what is plotted);
# 2. what a move by one pixel is to the vector that the network receives, and why the stripes make it worse;
# 3. how many weights the first layer has, and what would follow for pictures of twice the side;
# 4. what training with zebras at all places would and would not mend;
# 5. what to ask of a network instead: use the words *invariant* and *equivariant* exactly, with a formula each.
#
# **How it is marked.**
#
# | points | for |
# | ---: | --- |
# | 2 | test and training share the place, so the 99 % hold for that place only (1); accuracy against shift, everything else fixed (1) |
# | 2 | every component changes, and each meets another weight (1); stripes hardly correlate with themselves moved, a smooth pattern would (1) |
# | 2 | 6,144,000 weights (1); four times as many (1) |
# | 2 | it helps, for the places that were shown (1), but nothing is shared between places, so each has to be learned from examples of its own (1) |
# | 2 | f(Tx) = f(x) invariant, f(Tx) = T f(x) equivariant (1); the decision should be invariant, layers that are equivariant get it there (1) |

# %% [markdown] nbgrader={"grade": true, "grade_id": "what_it_knows", "locked": false, "points": 10, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The new pictures are like the training pictures in what matters here: the zebra stands in the middle. So the 99 % say that the network
# knows zebras at that place, and nothing about any other. To find out, take the same test pictures, move only the animal by 0, 1, 2, … pixels,
# and plot the accuracy against the shift.
#
# To the network a picture is a vector. A move by one pixel gives every component the value of its neighbour, so each value meets a weight that was learned for
# another one. A smooth pattern resembles itself after such a move; stripes of a few pixels do not: black comes to lie where white was, and the correlation
# with the unmoved picture is almost gone.
#
# The first layer has 3 * 64 * 64 * 500 = 6,144,000 weights. Twice the side makes four times as many, 24,576,000.
#
# Training with zebras everywhere does help, at the places that are shown. But the weights of one place share nothing with those of
# another, so the zebra has to be learned again at each of them, from many more pictures, and by more units.
#
# Ask for a decision that is shift invariant, f(Tx) = f(x): the zebra moves and the answer stays. Layers get it there that are equivariant,
# f(Tx) = T f(x): the answer moves along with the pattern, so that what was learned at one place holds at all, and a last step that
# only asks whether the pattern was found somewhere.
# ### END SOLUTION

# %% tags=["download"]
# On Colab this downloads your work, to hand it in. Elsewhere it does nothing: there the notebook is a file already.
from utils import colab

colab.download("01_limits_of_mlps.ipynb")
