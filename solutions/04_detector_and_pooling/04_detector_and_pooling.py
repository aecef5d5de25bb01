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
# # Assignment 04 · Detector and pooling

# %% [markdown] tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/exercises/04_detector_and_pooling/04_detector_and_pooling.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/exercises/04_detector_and_pooling/04_detector_and_pooling.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/exercises/04_detector_and_pooling/04_detector_and_pooling.ipynb)
#
# 100 points · 7 tasks graded by tests

# %% [markdown] nbgrader={"grade": false, "grade_id": "intro", "locked": true, "schema_version": 3, "solution": false, "task": false}
# In the lecture an image went through convolution, detector and pooling. Here you write the two layers that have no
# weights, forward and backward, take a hard layer apart into easy ones, and measure what pooling does to a shift.
#
# | task | you write | points |
# | --- | --- | ---: |
# | 1 | `relu`, `relu_backward`: the detector and its gradient | 10 |
# | 2 | `describe_pool`: sizes, parameters, and the pixels that nobody reads | 12 |
# | 3 | `max_pool`, `max_pool_backward` | 18 |
# | 4 | `avg_pool`, `l2_pool` and their gradients | 18 |
# | 5 | `strided_conv`: a hard layer composed of two easy ones | 14 |
# | 6 | `max_unpool`, `upsample`: the way back to the old size | 8 |
# | 7 | `invariance_error`, `equivariance_error`: measured | 10 |
# | 8 | a written answer: the pooling that lost the goose | 10 |
# | | | **100** |
#
# **How a task works.** Read the statement, fill the cell under it in place of `raise NotImplementedError`,
# run it, then run the test cell below it. A ✔ is earned; a ✘ says what is wrong. Hidden tests with fresh
# numbers decide the rest of the points, so an answer that only fits the numbers you see earns few of them.
#
# **Stuck?** Each task has three hints, from a nudge to nearly there. They cost nothing.
#
# **The tasks are marked independently**: none needs another one to be right.
#
# **Names**, the same everywhere: window size $F$ (`kernel_size`), stride $S$, and maps of shape $(B, D, H, W)$: $B$
# images, $D$ maps each, $H$ rows, $W$ columns, not always square. As in `nn.MaxPool2d`, a stride that is left out
# (`None`) is the same as the window's size, and a last step that does not fit is dropped. `grad_out` is the gradient
# that arrives from above: how much the loss rises with each number of the output.

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


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_relu", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 1 · The detector and its gradient (10 points)
#
# $$\text{ReLU}(x) = \max(0, x)$$
#
# A gate for each number: what is positive passes unchanged, what is negative becomes 0. On the way back the same gate
# decides about the gradient: it passes where **x** was positive and stops everywhere else, at 0 too.
#
# Write
#
# - `relu(x)`: a new tensor of the same shape and dtype. `x` itself stays as it is;
# - `relu_backward(grad_out, x)`: the gradient of the loss with respect to `x`.
#
# **Worked example.** $x = [-2, 0, 3, -1, 5]$ gives $[0, 0, 3, 0, 5]$. With `grad_out` $= [10, 20, -30, 40, 50]$ the
# gradient of $x$ is $[0, 0, -30, 0, 50]$. Note the $-30$: the gate looks at `x`, never at the gradient.
#
# Not allowed: PyTorch's own ReLU in any form, and autograd. Comparisons, `torch.where`, `clamp`, arithmetic are fine.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_relu", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# `x > 0` is a tensor of True and False of the same shape. What is a number times True? Times False?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Both functions need the same mask. In one it multiplies `x`, in the other `grad_out`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `return x * (x > 0)` and `return grad_out * (x > 0)`. Or `torch.where(x > 0, x, 0)`: mind that it keeps the dtype.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "relu", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relu(x):
    """max(0, x) of each number, in a new tensor."""
    ### BEGIN SOLUTION
    return x * (x > 0)
    ### END SOLUTION


def relu_backward(grad_out, x):
    """The gradient with respect to x, given that of relu(x)."""
    ### BEGIN SOLUTION
    return grad_out * (x > 0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_relu", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(10)
library = ("*relu*", "*threshold*", "*hardtanh*")
autograd = ("torch.autograd.*", "torch._tensor.Tensor.backward", "torch.func.*", "torch._functorch.*")
generator = torch.Generator().manual_seed(401)


def _draw(*shape, dtype=torch.float32):
    """Whole numbers, so that there are zeros among them."""
    return torch.randint(-4, 5, shape, generator=generator).to(dtype)


def _forward(x):
    before = x.clone()
    trace = checks.trace(relu, x)
    checks.avoids(trace, *library, instead="compare with 0 yourself")
    checks.equal(x, before, "x after relu(x) (your function changes its argument: make a new tensor)")
    return trace.value


def _backward(grad_out, x):
    before = grad_out.clone(), x.clone()
    trace = checks.trace(relu_backward, grad_out, x)
    checks.avoids(trace, *library, *autograd, instead="open the gate yourself")
    for name, value, kept in zip(["grad_out", "x"], [grad_out, x], before):
        checks.equal(value, kept, f"{name} after relu_backward (your function changes its argument: make a new tensor)")
    return trace.value


def _check(x, call):
    mistakes = {
        "negative numbers become 0, not positive": x.abs(),
        "that is x itself: the negative numbers must become 0": x,
        "negative numbers become 0, not a little of themselves (that is leaky ReLU)": torch.where(x > 0, x, 0.1 * x),
        "that is ReLU(-x)": (-x).clamp(min=0),
        "positive numbers stay as they are; yours become 1": (x > 0).to(x.dtype),
    }
    checks.close(_forward(x), x.clamp(min=0), f"relu of {call}", mistakes=mistakes)


def _check_backward(grad_out, x, call):
    gate = x > 0
    mistakes = {
        "the gate looks at x; yours looks at the gradient": grad_out * (grad_out > 0),
        "a negative gradient passes too, where x is positive": grad_out.clamp(min=0) * gate,
        "at x = 0 the gradient is 0: the gate is open for x > 0 only": grad_out * (x >= 0),
        "the gradient from above is missing": gate.to(x.dtype),
        "the slope of ReLU is 1 or 0, not x": grad_out * x.clamp(min=0),
        "the gate is open where x is positive; yours where it is negative": grad_out * ~gate,
        "that is the whole gradient: it stops where x is not positive": grad_out,
    }
    checks.close(_backward(grad_out, x), grad_out * gate, f"relu_backward of {call}", mistakes=mistakes)


example, from_above = torch.tensor([-2.0, 0, 3, -1, 5]), torch.tensor([10.0, 20, -30, 40, 50])

with task.part(1, "the worked example, forward"):
    _check(example, "[-2, 0, 3, -1, 5]")

with task.part(2, "the worked example, backward"):
    _check_backward(from_above, example, "[10, 20, -30, 40, 50] at [-2, 0, 3, -1, 5]")

### BEGIN HIDDEN TESTS
with task.part(3, "fresh maps, forward, in single and double precision"):
    _check(_draw(2, 3, 4, 5), "maps (2, 3, 4, 5)")
    _check(_draw(7, dtype=torch.float64), "7 numbers of dtype float64")
    _check(_draw(3, 4).T, "a transposed view")
    checks.close(_forward(torch.randn(4, 6, generator=generator) - 9), torch.zeros(4, 6), "relu where all is negative")

with task.part(4, "fresh maps, backward"):
    _check_backward(_draw(2, 3, 4, 5), _draw(2, 3, 4, 5), "maps (2, 3, 4, 5)")
    _check_backward(_draw(9, dtype=torch.float64), _draw(9, dtype=torch.float64), "9 numbers of dtype float64")
    x = torch.randn(3, 5, generator=generator, dtype=torch.float64)
    x = x + 0.1 * x.sign()  # away from 0, where there is no slope
    upstream = torch.randn(3, 5, generator=generator, dtype=torch.float64)
    numerical = checks.numerical_gradient(lambda x: x.clamp(min=0), x, upstream=upstream)
    checks.close(_backward(upstream, x), numerical, "relu_backward beside the numerical gradient")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_describe_pool", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 2 · Sizes, parameters, and what nobody reads (12 points)
#
# A pooling window of $F \times F$ steps by $S$ over each of $D$ maps of $H \times W$ numbers:
#
# $$H_2 = \left\lfloor\frac{H - F}{S}\right\rfloor + 1 \qquad W_2 = \left\lfloor\frac{W - F}{S}\right\rfloor + 1
# \qquad D_2 = D$$
#
# The floor hides something: numbers at the right and at the bottom that **no window reads**. And where $S > F$ there
# are gaps *between* the windows. Your function says how many numbers are lost.
#
# Write `describe_pool(input_shape, kernel_size, stride=None)`, where `input_shape` is the tuple $(D, H, W)$. It
# returns a dictionary:
#
# | entry | type | what |
# | --- | --- | --- |
# | `"shape"` | tuple of three `int` | $(D_2, H_2, W_2)$ |
# | `"parameters"` | `int` | numbers that the layer learns |
# | `"unread"` | `int` | numbers of the input, in all maps together, that no window reads |
#
# If the window is larger than the map, in height or in width, raise `ValueError`; the message **holds $F$ and the size
# that is too small**.
#
# **Worked example.** $(3, 7, 7)$ with $F=2$ and no stride given: the windows start at 0, 2 and 4 and read rows 0 to 5
# and columns 0 to 5. The shape is $(3, 3, 3)$; $49 - 36 = 13$ numbers of each map are never read, 39 in all. With
# $F = 2$, $S = 3$ the windows start at 0 and 3 and read rows 0, 1, 3, 4: the shape is $(3, 2, 2)$, and
# $3 \cdot (49 - 16) = 99$ numbers are unread.
#
# Work it out with arithmetic: no pooling layer needs to be made.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_describe_pool", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Rows and columns do not meet: how many *rows* are read by some window, how many *columns*? A number is read if its
# row and its column are.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# If the windows overlap or touch ($S \le F$), the rows from 0 to the end of the last window are read: that is
# $(H_2 - 1) S + F$. If there are gaps ($S > F$), each window reads $F$ rows of its own: $H_2 F$.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `rows = (H2 - 1) * min(stride, kernel_size) + kernel_size` covers both cases. Then
# `unread = D * (H * W - rows * columns)`. And pooling learns nothing: `"parameters": 0`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "describe_pool", "locked": false, "schema_version": 3, "solution": true, "task": false}
def describe_pool(input_shape, kernel_size, stride=None):
    """What pooling makes of maps (D, H, W): {"shape", "parameters", "unread"}; ValueError where the window does not fit."""
    ### BEGIN SOLUTION
    stride = stride or kernel_size
    depth, height, width = input_shape
    places, read = [], []
    for side, length in [("height", height), ("width", width)]:
        if kernel_size > length:
            raise ValueError(f"a window of {kernel_size} does not fit into a {side} of {length}")
        places.append((length - kernel_size) // stride + 1)
        read.append((places[-1] - 1) * min(stride, kernel_size) + kernel_size)
    unread = depth * (height * width - read[0] * read[1])
    return {"shape": (depth, *places), "parameters": 0, "unread": unread}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_describe_pool", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
from random import Random

import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(12)


def _describe(*arguments):
    trace = checks.trace(describe_pool, *arguments)
    checks.avoids(trace, "*pool*", "utils.arithmetic", "torch.nn", instead="work it out with arithmetic")
    return trace.value


def _torch_says(shape, kernel_size, stride=None, **settings):
    """Shape and unread numbers from torch: where the gradient of average pooling is 0, nobody reads."""
    x = torch.zeros(1, *shape, requires_grad=True)
    pooled = F.avg_pool2d(x, kernel_size, stride, **settings)
    reads = torch.autograd.grad(pooled.sum(), x)[0]
    return {"shape": tuple(pooled.shape[1:]), "parameters": 0, "unread": int((reads == 0).sum())}


def _misconceptions(entry, shape, kernel_size, stride):
    (depth, height, width), right = shape, _torch_says(shape, kernel_size, stride)
    step = stride or kernel_size
    _, h2, w2 = right["shape"]
    if entry == "parameters":
        return {
            "a window has no weights: pooling learns nothing": kernel_size**2,
            "pooling learns nothing; those would be the weights of a depthwise convolution": depth * kernel_size**2,
            "pooling learns nothing; those would be the weights and biases of a convolution": depth * (kernel_size**2 * depth + 1),
        }
    if entry == "shape":
        return {
            "a stride that is not given is the window's size, not 1": _torch_says(shape, kernel_size, stride or 1)["shape"],
            "you left out the + 1, the place where the window begins": (depth, h2 - 1, w2 - 1),
            "a last step that does not fit is dropped; yours is rounded up": (
                depth, -((kernel_size - height) // step) + 1, -((kernel_size - width) // step) + 1
            ),
            "pooling keeps the number of maps": (1, h2, w2),
            "a shape is (maps, height, width), in this order": (h2, w2, depth),
            "height and width are swapped": (depth, w2, h2),
            "the stride is ignored": _torch_says(shape, kernel_size, 1)["shape"],
        }
    rows, columns = (h2 - 1) * step + kernel_size, (w2 - 1) * step + kernel_size
    return {
        "count them in all maps together, not in one": right["unread"] // depth,
        "with S > F there are gaps between the windows, which nobody reads either": depth * (height * width - rows * columns),
        "where windows overlap a number is read several times, but it is one number": depth
        * (height * width - h2 * w2 * kernel_size**2),
        "the corner belongs to an unread row and to an unread column: count it once": depth
        * ((height - rows) * width + (width - columns) * height),
        "the unread numbers are those of whole rows and columns, not the corner alone": depth * (height - rows) * (width - columns),
        "these are the numbers that are read": depth * height * width - right["unread"],
        "the output is smaller than the input, but not because the others are not read": depth * (height * width - h2 * w2),
    }


def _check(entry, shape, kernel_size, stride=None):
    given = [shape, kernel_size] + ([] if stride is None else [stride])
    call = f"describe_pool({', '.join(map(str, given))})[{entry!r}]"
    result = checks.item(_describe(*given), entry, "what describe_pool returns")
    checks.equal(
        result,
        _torch_says(shape, kernel_size, stride)[entry],
        call,
        mistakes=lambda: _misconceptions(entry, shape, kernel_size, stride),
    )


with task.part(2, "the worked examples: shapes"):
    _check("shape", (3, 7, 7), 2, 3)
    _check("shape", (3, 7, 7), 2)

with task.part(2, "the worked examples: unread numbers"):
    _check("unread", (3, 7, 7), 2)
    _check("unread", (3, 7, 7), 2, 3)

### BEGIN HIDDEN TESTS
random = Random(402)
settings = []
for number in range(40):
    shape = (random.randint(2, 6), random.randint(9, 20), random.randint(21, 33))
    settings.append((shape, random.randint(2, 5), [None, random.randint(1, 2), random.randint(3, 6)][number % 3]))

with task.part(3, "shapes of 40 fresh settings"):
    _check("shape", (96, 55, 55), 3, 2)
    for setting in settings:
        _check("shape", *setting)

with task.part(3, "unread numbers of 40 fresh settings"):
    for setting in settings:
        _check("unread", *setting)

with task.part(1, "parameters"):
    for setting in settings[:5]:
        _check("parameters", *setting)

with task.part(1, "a window larger than the map: an error"):
    _describe((1, 6, 5), 5)
    checks.raises(ValueError, describe_pool, (2, 4, 30), 5, mentions=("5", "4"))
    checks.raises(ValueError, describe_pool, (2, 31, 6), 7, 2, mentions=("7", "6"))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_max_pool", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 3 · Max pooling, there and back (18 points)
#
# $$\text{out}[b, d, i, j] = \max_{0 \le u, v < F} x[b, d,\; iS + u,\; jS + v]$$
#
# Each map is pooled by itself. On the way back each window hands its gradient to its **winner**, the largest number of the
# window, and to nobody else. If several are equally large, the **first in reading order** (row by row) gets it all, as in
# PyTorch. Where windows overlap, a number can win several times: what it gets is **added up**.
#
# Write
#
# - `max_pool(x, kernel_size, stride=None)`: maps $(B, D, H, W)$ to maps $(B, D, H_2, W_2)$;
# - `max_pool_backward(grad_out, x, kernel_size, stride=None)`: the gradient with respect to `x`, of the shape of `x`.
#
# **Worked example.** A map of three equal rows, each $[1, 7, 2, 7, 3]$, with $F = 3$ and $S = 2$. The two windows hold the columns
# $1, 7, 2$ and $2, 7, 3$: the output is $[7, 7]$. With `grad_out` $= [10, 100]$ the winners are the two sevens **of the first row**, so
# the first row of the gradient is $[0, 10, 0, 100, 0]$, and the other rows are 0.
#
# Loops are welcome. Allowed: slicing, `amax`, `argmax`, `unfold`, `scatter`. Not allowed: PyTorch's pooling and autograd.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_max_pool", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Two loops, over the rows `i` and the columns `j` of the output. `x[:, :, rows, columns]` is the window of *all* images and
# maps at once, of shape $(B, D, F, F)$.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Forward: `window.amax((2, 3))`. Backward: flatten the window to $(B, D, F \cdot F)$; `argmax(-1)` names the winner of each, the
# first one in a tie. Turn the names into ones and zeros, times the gradient of that place, and **add** into a tensor of zeros.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `winner = window.flatten(2).argmax(-1)`, `share = F.one_hot(winner, kernel_size**2).view_as(window)` and
# `grad_x[:, :, rows, columns] += share * grad_out[:, :, i, j, None, None]`. The sizes to loop over are those of `grad_out`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "max_pool", "locked": false, "schema_version": 3, "solution": true, "task": false}
def max_pool(x, kernel_size, stride=None):
    """The largest number of each window: (B, D, H, W) gives (B, D, H2, W2)."""
    ### BEGIN SOLUTION
    stride = stride or kernel_size
    return x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride).amax((4, 5))
    ### END SOLUTION


def max_pool_backward(grad_out, x, kernel_size, stride=None):
    """The gradient with respect to x, given that of max_pool(x)."""
    ### BEGIN SOLUTION
    stride = stride or kernel_size
    grad_x = torch.zeros_like(x)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            rows = slice(i * stride, i * stride + kernel_size)
            columns = slice(j * stride, j * stride + kernel_size)
            window = x[:, :, rows, columns]
            winner = F.one_hot(window.flatten(2).argmax(-1), kernel_size**2).view(window.shape)
            grad_x[:, :, rows, columns] += winner * grad_out[:, :, i, j, None, None]
    return grad_x
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_max_pool", "locked": true, "points": 18, "schema_version": 3, "solution": false, "task": false}
from random import Random

import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(18)
library = ("*pool*", "torch.nn.modules.pooling")
autograd = ("torch.autograd.*", "torch._tensor.Tensor.backward", "torch.func.*", "torch._functorch.*")
generator = torch.Generator().manual_seed(403)


def _draw(*shape, dtype=torch.float64):
    return torch.randn(*shape, generator=generator, dtype=dtype)


def _call(f, *tensors, **settings):
    before = [tensor.clone() for tensor in tensors]
    trace = checks.trace(f, *tensors, **settings)
    checks.avoids(trace, *library, *autograd, instead="slide the window yourself")
    for tensor, kept in zip(tensors, before):
        checks.equal(tensor, kept, "a tensor that you were given, after the call (work on a copy)")
    return trace.value


def _spread(grad_out, x, kernel_size, stride, shares, add=True):
    """Hand each window's gradient to its numbers in these shares; for what misconceptions give."""
    total = torch.zeros_like(x)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            rows, columns = (slice(n * stride, n * stride + kernel_size) for n in (i, j))
            part = shares(x[:, :, rows, columns]) * grad_out[:, :, i, j, None, None]
            total[:, :, rows, columns] = part + (total[:, :, rows, columns] if add else 0)
    return total


def _winner(window):
    flat = window.flatten(2)
    return F.one_hot(flat.argmax(-1), flat.shape[-1]).view(window.shape).to(window.dtype)


def _check(x, kernel_size, stride=None, call=""):
    expected = F.max_pool2d(x, kernel_size, stride)
    settings = {"kernel_size": kernel_size} | ({} if stride is None else {"stride": stride})

    def misconceptions():
        step = stride or kernel_size
        return {
            "the stride is ignored": F.max_pool2d(x, kernel_size),
            "a stride that is not given is the window's size, not 1": F.max_pool2d(x, kernel_size, stride or 1),
            "that is the mean of each window, not its largest number": F.avg_pool2d(x, kernel_size, step),
            "that is the smallest number of each window": -F.max_pool2d(-x, kernel_size, step),
            "each map is pooled by itself; yours takes the largest of all maps": expected.amax(1, keepdim=True).expand_as(expected),
            "zeros win over negative numbers: start from the window's own numbers": expected.clamp(min=0),
            "that is the largest magnitude, without its sign": F.max_pool2d(x.abs(), kernel_size, step),
            "each image is pooled by itself; yours takes the largest of the batch": expected.amax(0, keepdim=True).expand_as(expected),
            "that down-samples: the first number of each window, not the largest": x[:, :, ::step, ::step][
                :, :, : expected.shape[2], : expected.shape[3]
            ],
            "a last step that does not fit is dropped; yours is kept": F.max_pool2d(x, kernel_size, step, ceil_mode=True),
        }

    call = call or f"max_pool of {tuple(x.shape)}, {settings}"
    checks.close(_call(max_pool, x, **settings), expected, call, mistakes=misconceptions)


def _check_backward(x, kernel_size, stride=None, grad_out=None, call=""):
    step = stride or kernel_size
    leaf = x.clone().requires_grad_()
    pooled = F.max_pool2d(leaf, kernel_size, step)
    grad_out = _draw(*pooled.shape, dtype=x.dtype) if grad_out is None else grad_out
    expected = torch.autograd.grad(pooled, leaf, grad_out)[0]
    settings = {"kernel_size": kernel_size} | ({} if stride is None else {"stride": stride})

    def largest(window):
        return (window == window.amax((2, 3), keepdim=True)).to(window.dtype)

    def misconceptions():
        return {
            "overlapping windows add up; yours overwrite each other: use +=": _spread(grad_out, x, kernel_size, step, _winner, add=False),
            "in a tie the first winner gets it all; yours all get it": _spread(grad_out, x, kernel_size, step, largest),
            "in a tie the first winner gets it all; yours share it": _spread(
                grad_out, x, kernel_size, step, lambda w: largest(w) / largest(w).sum((2, 3), keepdim=True)
            ),
            "in a tie the first winner gets it all; yours is the last": _spread(
                grad_out, x, kernel_size, step, lambda w: _winner(w.flip(2, 3)).flip(2, 3)
            ),
            "the winner gets it all; yours goes to all in equal parts (that is average pooling)": _spread(
                grad_out, x, kernel_size, step, lambda w: torch.ones_like(w) / kernel_size**2
            ),
            "the winner gets it all; yours all get it": _spread(grad_out, x, kernel_size, step, torch.ones_like),
            "the gradient from above is missing": _spread(torch.ones_like(grad_out), x, kernel_size, step, _winner),
            "the gradient goes to the winner's place, but it is not multiplied with its value": expected * x,
        }

    call = call or f"max_pool_backward for {tuple(x.shape)}, {settings}"
    checks.close(_call(max_pool_backward, grad_out, x, **settings), expected, call, mistakes=misconceptions)


three_rows = torch.tensor([[1.0, 7, 2, 7, 3]] * 3, dtype=torch.float64)[None, None]

with task.part(2, "forward: the worked example, and three maps of two images"):
    _check(three_rows, 3, 2, "max_pool of the worked example")
    _check(_draw(2, 3, 6, 8) - 1, 2)

with task.part(3, "backward: the worked example, and three maps of two images"):
    _check_backward(three_rows, 3, 2, torch.tensor([[[[10.0, 100]]]], dtype=torch.float64), "max_pool_backward of the worked example")
    _check_backward(_draw(2, 3, 6, 8), 2)

### BEGIN HIDDEN TESTS
random = Random(403)
settings = [
    (_draw(2, random.randint(2, 3), random.randint(6, 9), random.randint(6, 10)), random.randint(2, 4), random.randint(1, 4))
    for _ in range(10)
]

with task.part(4, "forward, 10 fresh settings"):
    for x, kernel_size, stride in settings:
        _check(x - 1, kernel_size, stride)

with task.part(1, "forward, without a stride, and in single precision"):
    _check(_draw(2, 2, 7, 8), 3)
    _check(_draw(1, 2, 5, 6).float() - 3, 2)

with task.part(4, "backward, 10 fresh settings"):
    for x, kernel_size, stride in settings:
        _check_backward(x, kernel_size, stride)

with task.part(2, "backward where windows overlap, beside the numerical gradient"):
    x = torch.randperm(42, generator=generator).double().view(1, 1, 6, 7)
    upstream = _draw(1, 1, 2, 3)
    numerical = checks.numerical_gradient(lambda x: F.max_pool2d(x, 3, 2), x, upstream=upstream)
    result = _call(max_pool_backward, upstream, x, kernel_size=3, stride=2)
    checks.close(result, numerical, "max_pool_backward beside the numerical gradient, F=3, S=2")
    _check_backward(x, 3, 1)

with task.part(2, "backward in a tie: maps as ReLU leaves them"):
    for kernel_size, stride in [(2, 2), (3, 2), (2, 3)]:
        _check_backward(_draw(2, 3, 7, 8).round().clamp(min=0), kernel_size, stride)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_avg_and_l2_pool", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 4 · Average and L2 pooling, there and back (18 points)
#
# With $x_1, \dots, x_n$ for the $n = F \cdot F$ numbers of a window, $y$ for its result and $g$ for the gradient that
# arrives at it:
#
# | | result | what $x_i$ gets |
# | --- | --- | --- |
# | average | $y = \frac{1}{n}\sum_i x_i$ | $\frac{g}{n}$ |
# | L2 | $y = \sqrt{\sum_i x_i^2}$ | $g\,\frac{x_i}{y}$, and 0 where $y = 0$ |
#
# L2 pooling is a length: it **adds up** the squares, it does not average them. After ReLU many windows hold nothing but zeros;
# there $x_i / y$ would be $0/0$, so mind the last clause. Where windows overlap, gradients add up.
#
# Write `avg_pool(x, kernel_size, stride=None)` and `l2_pool(x, kernel_size, stride=None)`, and their gradients with respect to
# `x`, `avg_pool_backward(grad_out, x, kernel_size, stride=None)` and `l2_pool_backward(grad_out, x, kernel_size, stride=None)`.
# Shapes as in task 3.
#
# **Worked example.** The window $\begin{bmatrix} 3 & 4\\ 0 & 0\end{bmatrix}$ has the average $1.75$ and the L2 norm $5$. With
# $g = 10$ the average sends $2.5$ to each of the four; L2 sends $10 \cdot \frac{3}{5} = 6$ to the three, $8$ to the four, and
# nothing to the zeros.
#
# Not allowed: PyTorch's pooling and autograd.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_avg_and_l2_pool", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# The loop of task 3 serves all: only what a window gives, and the share of each number, are new. Write the loop once, as a
# helper function in the same cell, and call it four times.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride)` has shape $(B, D, H_2, W_2, F, F)$: reduce its last two dimensions.
# For L2: `.pow(2).sum((4, 5)).sqrt()`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# L2 backward, for one window: `length = window.pow(2).sum((2, 3), keepdim=True).sqrt()`, then
# `share = torch.where(length > 0, window / length, 0)`, and as before
# `grad_x[:, :, rows, columns] += share * grad_out[:, :, i, j, None, None]`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "avg_and_l2_pool", "locked": false, "schema_version": 3, "solution": true, "task": false}
def avg_pool(x, kernel_size, stride=None):
    """The mean of each window: (B, D, H, W) gives (B, D, H2, W2)."""
    ### BEGIN SOLUTION
    stride = stride or kernel_size
    return x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride).mean((4, 5))
    ### END SOLUTION


def avg_pool_backward(grad_out, x, kernel_size, stride=None):
    """The gradient with respect to x, given that of avg_pool(x)."""
    ### BEGIN SOLUTION
    stride = stride or kernel_size
    grad_x = torch.zeros_like(x)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            rows = slice(i * stride, i * stride + kernel_size)
            columns = slice(j * stride, j * stride + kernel_size)
            grad_x[:, :, rows, columns] += grad_out[:, :, i, j, None, None] / kernel_size**2
    return grad_x
    ### END SOLUTION


def l2_pool(x, kernel_size, stride=None):
    """The length of each window, as a list of numbers: (B, D, H, W) gives (B, D, H2, W2)."""
    ### BEGIN SOLUTION
    stride = stride or kernel_size
    return x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride).pow(2).sum((4, 5)).sqrt()
    ### END SOLUTION


def l2_pool_backward(grad_out, x, kernel_size, stride=None):
    """The gradient with respect to x, given that of l2_pool(x); 0 in windows of zeros."""
    ### BEGIN SOLUTION
    stride = stride or kernel_size
    grad_x = torch.zeros_like(x)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            rows = slice(i * stride, i * stride + kernel_size)
            columns = slice(j * stride, j * stride + kernel_size)
            window = x[:, :, rows, columns]
            length = window.pow(2).sum((2, 3), keepdim=True).sqrt()
            share = torch.where(length > 0, window / length, 0)
            grad_x[:, :, rows, columns] += share * grad_out[:, :, i, j, None, None]
    return grad_x
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_avg_and_l2_pool", "locked": true, "points": 18, "schema_version": 3, "solution": false, "task": false}
from random import Random

import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(18)
library = ("*pool*", "torch.nn.modules.pooling")
autograd = ("torch.autograd.*", "torch._tensor.Tensor.backward", "torch.func.*", "torch._functorch.*")
generator = torch.Generator().manual_seed(404)


def _draw(*shape, dtype=torch.float64):
    return torch.randn(*shape, generator=generator, dtype=dtype)


def _call(f, *tensors, **settings):
    before = [tensor.clone() for tensor in tensors]
    trace = checks.trace(f, *tensors, **settings)
    checks.avoids(trace, *library, *autograd, instead="slide the window yourself")
    for tensor, kept in zip(tensors, before):
        checks.equal(tensor, kept, "a tensor that you were given, after the call (work on a copy)")
    return trace.value


def _spread(grad_out, x, kernel_size, stride, shares, add=True):
    """Hand each window's gradient to its numbers in these shares; for what misconceptions give."""
    total = torch.zeros_like(x)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            rows, columns = (slice(n * stride, n * stride + kernel_size) for n in (i, j))
            part = shares(x[:, :, rows, columns]) * grad_out[:, :, i, j, None, None]
            total[:, :, rows, columns] = part + (total[:, :, rows, columns] if add else 0)
    return total


def _length(window):
    return window.pow(2).sum((2, 3), keepdim=True).sqrt()


def _l2_share(window):
    return torch.where(_length(window) > 0, window / _length(window), 0)


def _settings(kernel_size, stride):
    return {"kernel_size": kernel_size} | ({} if stride is None else {"stride": stride})


def _check_avg(x, kernel_size, stride=None):
    step = stride or kernel_size
    expected = F.avg_pool2d(x, kernel_size, step)
    mistakes = {
        "a mean is the sum divided by F * F; yours is the sum": expected * kernel_size**2,
        "a window has F * F numbers, not F": expected * kernel_size,
        "that is the largest number, not the mean": F.max_pool2d(x, kernel_size, step),
        "a stride that is not given is the window's size, not 1": F.avg_pool2d(x, kernel_size, stride or 1),
        "the stride is ignored": F.avg_pool2d(x, kernel_size),
        "each map is pooled by itself; yours is the mean of all maps": expected.mean(1, keepdim=True).expand_as(expected),
    }
    call = f"avg_pool of {tuple(x.shape)}, {_settings(kernel_size, stride)}"
    checks.close(_call(avg_pool, x, **_settings(kernel_size, stride)), expected, call, mistakes=mistakes)


def _check_l2(x, kernel_size, stride=None):
    step = stride or kernel_size
    expected = F.lp_pool2d(x, 2, kernel_size, step)
    mistakes = {
        "the squares are added, not averaged": expected / kernel_size,
        "the square root is missing": expected**2,
        "the numbers are squared before they are added: yours is a sum of magnitudes": F.avg_pool2d(x.abs(), kernel_size, step)
        * kernel_size**2,
        "a stride that is not given is the window's size, not 1": F.lp_pool2d(x, 2, kernel_size, stride or 1),
        "the stride is ignored": F.lp_pool2d(x, 2, kernel_size),
        "that is the mean": F.avg_pool2d(x, kernel_size, step),
    }
    call = f"l2_pool of {tuple(x.shape)}, {_settings(kernel_size, stride)}"
    checks.close(_call(l2_pool, x, **_settings(kernel_size, stride)), expected, call, mistakes=mistakes)


def _check_avg_backward(x, kernel_size, stride=None, grad_out=None):
    step = stride or kernel_size
    shape = F.avg_pool2d(x, kernel_size, step).shape
    grad_out = _draw(*shape, dtype=x.dtype) if grad_out is None else grad_out
    expected = _spread(grad_out, x, kernel_size, step, lambda w: torch.ones_like(w) / kernel_size**2)

    def misconceptions():
        return {
            "each number gets g/n, not the whole gradient": expected * kernel_size**2,
            "a window has F * F numbers, not F": expected * kernel_size,
            "overlapping windows add up; yours overwrite each other: use +=": _spread(
                grad_out, x, kernel_size, step, lambda w: torch.ones_like(w) / kernel_size**2, add=False
            ),
            "the slope of a mean is 1/n, whatever the numbers are: do not multiply with x": expected * x,
            "the gradient from above is missing": _spread(
                torch.ones_like(grad_out), x, kernel_size, step, lambda w: torch.ones_like(w) / kernel_size**2
            ),
        }

    call = f"avg_pool_backward for {tuple(x.shape)}, {_settings(kernel_size, stride)}"
    result = _call(avg_pool_backward, grad_out, x, **_settings(kernel_size, stride))
    checks.close(result, expected, call, mistakes=misconceptions)


def _check_l2_backward(x, kernel_size, stride=None, grad_out=None):
    step = stride or kernel_size
    shape = F.avg_pool2d(x, kernel_size, step).shape
    grad_out = _draw(*shape, dtype=x.dtype) if grad_out is None else grad_out
    expected = _spread(grad_out, x, kernel_size, step, _l2_share)

    def misconceptions():
        return {
            "overlapping windows add up; yours overwrite each other: use +=": _spread(grad_out, x, kernel_size, step, _l2_share, add=False),
            "the slope is x/y: the division by y is missing": _spread(grad_out, x, kernel_size, step, lambda w: w),
            "the slope is x/y, not 2x: the square root has a slope too": _spread(grad_out, x, kernel_size, step, lambda w: 2 * w),
            "the slope is x/y; the 2 of the square and the 1/2 of the root cancel": _spread(
                grad_out, x, kernel_size, step, lambda w: 2 * _l2_share(w)
            ),
            "the slope keeps the sign of x": _spread(grad_out, x, kernel_size, step, lambda w: _l2_share(w).abs()),
            "that is the gradient of average pooling": _spread(
                grad_out, x, kernel_size, step, lambda w: torch.ones_like(w) / kernel_size**2
            ),
            "the gradient from above is missing": _spread(torch.ones_like(grad_out), x, kernel_size, step, _l2_share),
        }

    call = f"l2_pool_backward for {tuple(x.shape)}, {_settings(kernel_size, stride)}"
    result = _call(l2_pool_backward, grad_out, x, **_settings(kernel_size, stride))
    checks.close(result, expected, call, mistakes=misconceptions)


window = torch.tensor([[[[3.0, 4], [0, 0]]]], dtype=torch.float64)
ten = torch.tensor([[[[10.0]]]], dtype=torch.float64)

with task.part(2, "average, forward and backward"):
    _check_avg(window, 2)
    _check_avg_backward(window, 2, grad_out=ten)
    _check_avg(_draw(2, 3, 6, 8), 2)

with task.part(3, "L2, forward and backward"):
    _check_l2(window, 2)
    _check_l2_backward(window, 2, grad_out=ten)
    _check_l2(_draw(2, 3, 6, 8), 2)

### BEGIN HIDDEN TESTS
random = Random(404)
settings = [
    (_draw(2, random.randint(2, 3), random.randint(6, 9), random.randint(6, 10)), random.randint(2, 4), random.choice([None, 1, 2, 3]))
    for _ in range(8)
]

with task.part(2, "average, 8 fresh settings"):
    for setting in settings:
        _check_avg(*setting)

with task.part(3, "average backward, 8 fresh settings"):
    for setting in settings:
        _check_avg_backward(*setting)
    _check_avg_backward(_draw(2, 2, 7, 7), 3, 2)

with task.part(2, "L2, 8 fresh settings"):
    for setting in settings:
        _check_l2(*setting)

with task.part(3, "L2 backward, 8 fresh settings"):
    for setting in settings:
        _check_l2_backward(*setting)
    _check_l2_backward(_draw(2, 2, 7, 7), 3, 2)

with task.part(2, "L2 backward in windows of zeros: maps as ReLU leaves them"):
    maps = (_draw(2, 3, 6, 8) - 1).clamp(min=0)
    maps[:, :, :4, :4] = 0
    _check_l2_backward(maps, 2)
    _check_l2_backward(maps, 3, 1)

with task.part(1, "single precision"):
    x = _draw(2, 2, 5, 6).float()
    _check_avg(x, 2)
    _check_l2(x, 3, 1)
    _check_avg_backward(x, 3, 1)
    _check_l2_backward(x, 3, 1)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_strided_conv", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 5 · A hard layer composed of easy ones (14 points)
#
# A convolution with stride $S$ looks like a layer of its own, with a gradient that is easy to get wrong. It is none:
#
# $$\text{strided convolution} \;=\; \text{convolution with stride 1, then down-sampling}$$
#
# **Down-sampling** keeps rows $0, S, 2S, \dots$ and columns $0, S, 2S, \dots$. Backward, it puts each gradient back where its
# number stood and leaves **zeros** in between, up to the size that came in, which cannot be guessed from the output: it must be
# given.
#
# The next cell gives you the easy layer, ready-made: `conv` with stride 1, no padding and no bias, and its gradients
# `conv_backward`. Write, with these,
#
# - `downsample(x, stride)`: $(B, D, H, W)$ to $(B, D, \lceil H/S \rceil, \lceil W/S \rceil)$;
# - `downsample_backward(grad_out, stride, size)`: the gradient of its input, with `size` $= (H, W)$;
# - `strided_conv(x, weight, stride)`: from `conv` and `downsample`;
# - `strided_conv_backward(grad_out, x, weight, stride)`: the tuple `(grad_x, grad_weight)`.
#
# **Worked example.** Down-sampling $[1, 2, 3, 4]$ (in one row) by 2 gives $[1, 3]$. With `grad_out` $= [10, 20]$ and a size of 4 the
# gradient is $[10, 0, 20, 0]$; with a size of 3, for the input $[1, 2, 3]$, it is $[10, 0, 20]$.
#
# Not allowed: PyTorch's convolutions and autograd.

# %% nbgrader={"grade": false, "grade_id": "given_conv", "locked": true, "schema_version": 3, "solution": false, "task": false}
def conv(x, weight):
    """Convolution layer with stride 1, no padding, no bias: (B, C, H, W) and (K, C, F, G) give (B, K, H - F + 1, W - G + 1)."""
    windows = x.unfold(2, weight.shape[2], 1).unfold(3, weight.shape[3], 1)
    return torch.einsum("bcijuv,kcuv->bkij", windows, weight)


def conv_backward(grad_out, x, weight):
    """Its gradients (grad_x, grad_weight), given that of its output."""
    rows, columns = weight.shape[2] - 1, weight.shape[3] - 1
    padded = F.pad(grad_out, (columns, columns, rows, rows))
    windows = x.unfold(2, weight.shape[2], 1).unfold(3, weight.shape[3], 1)
    grad_weight = torch.einsum("bkij,bcijuv->kcuv", grad_out, windows)
    return conv(padded, weight.flip(2, 3).transpose(0, 1)), grad_weight


# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_strided_conv", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# `x[:, :, ::2, ::2]` takes every second row and column. Such a slice can also stand at the *left* of `=`.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Backward you walk the other way: first through down-sampling, then through the convolution. The size that down-sampling
# was given is that of `conv`'s output: $H - F_H + 1$ by $W - F_W + 1$.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `grad = grad_out.new_zeros(*grad_out.shape[:2], *size)`, `grad[:, :, ::stride, ::stride] = grad_out`. And the last function is two lines:
# `stretched = downsample_backward(grad_out, stride, size)`, `return conv_backward(stretched, x, weight)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "strided_conv", "locked": false, "schema_version": 3, "solution": true, "task": false}
def downsample(x, stride):
    """Every stride-th row and column, from the first on."""
    ### BEGIN SOLUTION
    return x[:, :, ::stride, ::stride].clone()
    ### END SOLUTION


def downsample_backward(grad_out, stride, size):
    """The gradient with respect to the input of downsample, which had `size` = (rows, columns)."""
    ### BEGIN SOLUTION
    grad_x = grad_out.new_zeros(*grad_out.shape[:2], *size)
    grad_x[:, :, ::stride, ::stride] = grad_out
    return grad_x
    ### END SOLUTION


def strided_conv(x, weight, stride):
    """Convolution with a stride, no padding, no bias: composed of conv and downsample."""
    ### BEGIN SOLUTION
    return downsample(conv(x, weight), stride)
    ### END SOLUTION


def strided_conv_backward(grad_out, x, weight, stride):
    """Its gradients (grad_x, grad_weight), given that of its output."""
    ### BEGIN SOLUTION
    size = (x.shape[2] - weight.shape[2] + 1, x.shape[3] - weight.shape[3] + 1)
    return conv_backward(downsample_backward(grad_out, stride, size), x, weight)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_strided_conv", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
from random import Random

import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(14)
library = ("*convolution*", "*convolve*", "*conv[1-3]d*", "*conv_*", "torch.nn.modules.conv", "torch.nn.grad", "scipy")
autograd = ("torch.autograd.*", "torch._tensor.Tensor.backward", "torch.func.*", "torch._functorch.*")
generator = torch.Generator().manual_seed(405)


def _draw(*shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def _call(f, *arguments):
    tensors = [argument for argument in arguments if isinstance(argument, torch.Tensor)]
    before = [tensor.clone() for tensor in tensors]
    trace = checks.trace(f, *arguments)
    checks.avoids(trace, *library, *autograd, instead="compose it of conv and down-sampling")
    for tensor, kept in zip(tensors, before):
        checks.equal(tensor, kept, "a tensor that you were given, after the call (work on a copy)")
    return trace.value


def _check_down(x, stride):
    expected = x[:, :, ::stride, ::stride]
    mistakes = {
        "begin with the first row and column, not with the last of each step": x[:, :, stride - 1 :: stride, stride - 1 :: stride],
        "only the rows are down-sampled": x[:, :, ::stride],
        "only the columns are down-sampled": x[..., ::stride],
        "down-sampling keeps numbers as they are; yours are means (that is pooling)": F.avg_pool2d(x, stride, ceil_mode=True),
        "down-sampling keeps numbers as they are; yours are maxima (that is pooling)": F.max_pool2d(x, stride, ceil_mode=True),
        "the last row and column belong to it too, where the step reaches them": x[:, :, : -1 : stride, : -1 : stride],
        "maps are kept, rows and columns are thinned out": x[:, ::stride, ::stride],
        "that is the first part of the map, not every S-th row and column": x[:, :, : expected.shape[2], : expected.shape[3]],
    }
    checks.close(_call(downsample, x, stride), expected, f"downsample of {tuple(x.shape)}, stride={stride}", mistakes=mistakes)


def _check_down_backward(grad_out, stride, size):
    expected = grad_out.new_zeros(*grad_out.shape[:2], *size)
    expected[:, :, ::stride, ::stride] = grad_out
    repeated = grad_out.repeat_interleave(stride, 2).repeat_interleave(stride, 3)
    full = torch.zeros_like(repeated)
    full[:, :, ::stride, ::stride] = grad_out
    late = torch.zeros_like(repeated)
    late[:, :, stride - 1 :: stride, stride - 1 :: stride] = grad_out
    cut = (..., slice(size[0]), slice(size[1]))
    mistakes = {
        "what was thrown away gets 0: do not repeat the gradient": repeated[cut],
        "what was thrown away gets 0: do not share the gradient out": repeated[cut] / stride**2,
        "the result must have the size that is given": full,
        "the gradient goes to the first place of each step, not to the last": late[cut],
    }
    call = f"downsample_backward of {tuple(grad_out.shape)}, stride={stride}, size={size}"
    checks.close(_call(downsample_backward, grad_out, stride, size), expected, call, mistakes=mistakes)


def _check_conv(x, weight, stride):
    expected = F.conv2d(x, weight, stride=stride)
    whole = F.conv2d(x, weight)
    mistakes = {
        "the down-sampling is missing": whole,
        "down-sample after the convolution; yours thins out the image before it": F.conv2d(x[:, :, ::stride, ::stride], weight),
        "down-sampling is not pooling: keep every S-th number": F.max_pool2d(whole, stride),
    }
    call = f"strided_conv of {tuple(x.shape)} with {tuple(weight.shape)}, stride={stride}"
    checks.close(_call(strided_conv, x, weight, stride), expected, call, mistakes=mistakes)


def _check_conv_backward(which, x, weight, stride):
    leaves = [x.clone().requires_grad_(), weight.clone().requires_grad_()]
    out = F.conv2d(*leaves, stride=stride)
    grad_out = _draw(*out.shape)
    expected = torch.autograd.grad(out, leaves, grad_out)

    def misconceptions():
        size = (x.shape[2] - weight.shape[2] + 1, x.shape[3] - weight.shape[3] + 1)
        repeated = grad_out.repeat_interleave(stride, 2).repeat_interleave(stride, 3)[:, :, : size[0], : size[1]]
        wrong = {"the tuple is (grad_x, grad_weight), in this order": expected[1 - which]}
        if repeated.shape[2:] == size:
            whole = torch.autograd.grad(F.conv2d(*leaves), leaves, repeated)
            wrong["what down-sampling threw away gets 0: do not repeat the gradient"] = whole[which]
        return wrong

    name = ["grad_x", "grad_weight"][which]
    call = f"{name} for x {tuple(x.shape)}, weight {tuple(weight.shape)}, stride={stride}"
    result = checks.item(_call(strided_conv_backward, grad_out, x, weight, stride), which, "what strided_conv_backward returns")
    checks.close(result, expected[which], call, mistakes=misconceptions)


with task.part(2, "down-sampling, forward and backward"):
    _check_down(torch.arange(1.0, 5).double().view(1, 1, 1, 4), 2)
    _check_down(_draw(2, 3, 5, 6), 2)
    ten = torch.tensor([[[[10.0, 20]]]], dtype=torch.float64)
    _check_down_backward(ten, 2, (1, 4))
    _check_down_backward(ten, 2, (1, 3))

with task.part(2, "the strided convolution, forward and backward"):
    x, weight = _draw(2, 3, 6, 7), _draw(4, 3, 3, 3)
    _check_conv(x, weight, 2)
    _check_conv_backward(0, x, weight, 2)

### BEGIN HIDDEN TESTS
random = Random(405)

with task.part(2, "down-sampling, fresh sizes"):
    for stride in (1, 2, 3, 4):
        _check_down(_draw(2, 3, random.randint(5, 9), random.randint(6, 11)), stride)

with task.part(2, "down-sampling backward, fresh sizes"):
    for stride in (2, 3, 4):
        for missing in range(stride):
            size = (3 * stride - missing, 2 * stride)
            _check_down_backward(_draw(2, 3, 3, 2), stride, size)

settings = [
    (_draw(2, 2, random.randint(6, 9), random.randint(6, 10)), _draw(3, 2, random.randint(1, 3), random.randint(2, 4)), stride)
    for stride in (1, 2, 3, 2, 3)
]

with task.part(2, "the strided convolution, fresh settings"):
    for setting in settings:
        _check_conv(*setting)

with task.part(2, "its gradient with respect to x, fresh settings"):
    for setting in settings:
        _check_conv_backward(0, *setting)

with task.part(2, "its gradient with respect to the weight, fresh settings"):
    for setting in settings:
        _check_conv_backward(1, *setting)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_unpool", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 6 · Back to the old size (8 points)
#
# Two ways to make maps large again. **Max-unpooling** puts each maximum back to the place where max pooling found it, with zeros
# everywhere else. The places come from `F.max_pool2d(..., return_indices=True)`: whole numbers that count the numbers of *one* map in
# reading order, $\text{place} = \text{row} \cdot W + \text{column}$. **Nearest up-sampling** repeats each number in a block.
#
# Write
#
# - `max_unpool(pooled, places, size)`: `pooled` and `places` of shape $(B, D, H_2, W_2)$, `size` $= (H, W)$; the result has shape
#   $(B, D, H, W)$ and the dtype of `pooled`. Where windows overlapped, the same place can be named several times, with the same
#   maximum: it stands there **once**, not added up. If a place is below 0 or not below $H \cdot W$, raise `ValueError` with **that
#   place** in the message;
# - `upsample(x, factor)`: $(B, D, H, W)$ to $(B, D, H \cdot k, W \cdot k)$ with $k$ for `factor`; each number fills a block of
#   $k \times k$.
#
# **Worked example.** `pooled` $= [[7, 9]]$, `places` $= [[4, 2]]$ and `size` $= (2, 3)$: place 4 is row 1, column 1, place 2 is row 0,
# column 2. The result is $[[0, 0, 9], [0, 7, 0]]$. And `upsample` of $[[7, 9]]$ by 2 is $[[7, 7, 9, 9], [7, 7, 9, 9]]$.
#
# Not allowed: PyTorch's unpooling and its up-sampling (`F.interpolate`, `nn.Upsample`).

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_unpool", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Place and map: if a map were one long row of $H \cdot W$ numbers, `places` would be ordinary indices into it.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Make zeros of shape $(B, D, H \cdot W)$ and write into them with `scatter_(2, places.flatten(2), pooled.flatten(2))`; then `view` the
# long row as $H \times W$. Or loop: `out[b, d, place // W, place % W] = value`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `flat = pooled.new_zeros(*pooled.shape[:2], height * width)`, `flat.scatter_(2, ...)`, `return flat.view(*pooled.shape[:2], height, width)`. Up-sampling:
# `x.repeat_interleave(factor, 2).repeat_interleave(factor, 3)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "unpool", "locked": false, "schema_version": 3, "solution": true, "task": false}
def max_unpool(pooled, places, size):
    """Each maximum back at its place, zeros elsewhere: (B, D, H2, W2) gives (B, D, *size)."""
    ### BEGIN SOLUTION
    height, width = size
    outside = places[(places < 0) | (places >= height * width)]
    if len(outside):
        raise ValueError(f"place {int(outside[0])} is not in a map of {height} x {width} numbers")
    flat = pooled.new_zeros(*pooled.shape[:2], height * width)
    flat.scatter_(2, places.flatten(2), pooled.flatten(2))
    return flat.view(*pooled.shape[:2], height, width)
    ### END SOLUTION


def upsample(x, factor):
    """Each number in a block of factor x factor: (B, D, H, W) gives (B, D, H * factor, W * factor)."""
    ### BEGIN SOLUTION
    return x.repeat_interleave(factor, dim=2).repeat_interleave(factor, dim=3)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_unpool", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(8)
library = ("*unpool*", "*interpolate*", "*upsample*", "torch.nn.modules")
generator = torch.Generator().manual_seed(406)


def _draw(*shape, dtype=torch.float32):
    return torch.randn(*shape, generator=generator, dtype=dtype)


def _call(f, *arguments):
    before = arguments[0].clone()
    trace = checks.trace(f, *arguments)
    checks.avoids(trace, *library, instead="put the numbers in their places yourself")
    checks.equal(arguments[0], before, "the tensor that you were given, after the call (work on a copy)")
    return trace.value


def _check_unpool(pooled, places, size, call):
    height, width = size
    expected = pooled.new_zeros(*pooled.shape[:2], height * width)
    expected = expected.scatter(2, places.flatten(2), pooled.flatten(2)).view(*pooled.shape[:2], height, width)

    def misconceptions():
        added = torch.zeros_like(expected).flatten(2).scatter_add(2, places.flatten(2), pooled.flatten(2))
        across = torch.zeros_like(expected)
        for b, d, i, j in torch.cartesian_prod(*map(torch.arange, pooled.shape)).tolist():
            place = int(places[b, d, i, j])
            across[b, d, place % height, place // height] = pooled[b, d, i, j]
        repeated = pooled.repeat_interleave(height // pooled.shape[2], 2).repeat_interleave(width // pooled.shape[3], 3)
        return {
            "a place that is named twice holds its maximum once; yours is added up": added.view_as(expected),
            "places count row by row: row = place // W, column = place % W": across,
            "everything but the maxima is 0: do not repeat them": repeated,
            "each map has places of its own; yours uses those of the first map": pooled.new_zeros(*expected.shape[:2], height * width)
            .scatter(2, places[:, :1].expand_as(places).flatten(2), pooled.flatten(2))
            .view_as(expected),
        }

    checks.close(_call(max_unpool, pooled, places, size), expected, call, mistakes=misconceptions)


def _check_upsample(x, factor):
    rows, columns = x.repeat_interleave(factor, 2), x.repeat_interleave(factor, 3)
    expected = rows.repeat_interleave(factor, 3)
    spread = torch.zeros_like(expected)
    spread[:, :, ::factor, ::factor] = x
    mistakes = {
        "each number fills a block; yours repeats the map as a whole": x.repeat(1, 1, factor, factor),
        "each number fills a block; yours leaves zeros in between": spread,
        "only the rows are repeated": rows,
        "only the columns are repeated": columns,
        "each number is repeated as it is; yours is shared out": expected / factor**2,
        "nearest means repeated, not blended": F.interpolate(x, scale_factor=factor, mode="bilinear"),
    }
    checks.close(_call(upsample, x, factor), expected, f"upsample of {tuple(x.shape)} by {factor}", mistakes=mistakes)


def _check_round_trip(x, kernel_size, stride):
    pooled, places = F.max_pool2d(x, kernel_size, stride, return_indices=True)
    call = f"max_unpool after pooling {tuple(x.shape)} with F={kernel_size}, S={stride}"
    _check_unpool(pooled, places, tuple(x.shape[2:]), call)


with task.part(2, "the worked examples"):
    row = torch.tensor([[[[7.0, 9.0]]]])
    _check_unpool(row, torch.tensor([[[[4, 2]]]]), (2, 3), "max_unpool of the worked example")
    _check_upsample(row, 2)

### BEGIN HIDDEN TESTS
with task.part(2, "max-unpooling after pooling, fresh maps"):
    _check_round_trip(_draw(2, 3, 6, 8), 2, 2)
    _check_round_trip(_draw(3, 2, 7, 10, dtype=torch.float64), 3, 3)
    _check_round_trip(_draw(2, 2, 5, 9), 2, 3)

with task.part(1, "windows that overlapped"):
    _check_round_trip(_draw(2, 3, 7, 9), 3, 2)
    _check_round_trip(_draw(2, 2, 6, 5), 2, 1)

with task.part(2, "up-sampling, fresh maps"):
    _check_upsample(_draw(2, 3, 3, 4), 2)
    _check_upsample(_draw(1, 2, 2, 5, dtype=torch.float64), 3)
    _check_upsample(_draw(2, 1, 3, 2), 1)

with task.part(1, "a place outside the map: an error"):
    _call(max_unpool, row, torch.tensor([[[[4, 2]]]]), (2, 3))
    checks.raises(ValueError, max_unpool, row, torch.tensor([[[[0, 17]]]]), (4, 4), mentions=("17",))
    checks.raises(ValueError, max_unpool, row, torch.tensor([[[[-3, 5]]]]), (4, 4), mentions=("-3",))
    checks.raises(ValueError, max_unpool, row, torch.tensor([[[[0, 16]]]]), (4, 4), mentions=("16",))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_shift_errors", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 7 · Invariance and equivariance, measured (10 points)
#
# Convolution and detector are equivariant: move the image, and their maps move along. So to learn what pooling does to a shift, it is
# enough to move the *maps*. $T_s$ moves them by $s$ columns to the right, around the edge: what leaves at the right comes in at the left
# (`torch.roll`). $p$ is max pooling with window and stride $F$; with `kernel_size=None` it is **global** max pooling, one number a map.
#
# For each image by itself, over all its maps, with $\lVert\cdot\rVert$ for the square root of the sum of squares:
#
# $$\text{invariance error} = \frac{\lVert p(T_s x) - p(x) \rVert}{\lVert p(x) \rVert} \qquad
# \text{equivariance error} = \frac{\lVert p(T_s x) - T_{s/F}\, p(x) \rVert}{\lVert p(x) \rVert}$$
#
# Write
#
# - `invariance_error(maps, kernel_size, shift)`: maps of shape $(B, D, H, W)$ give a tensor of shape $(B)$;
# - `equivariance_error(maps, kernel_size, shift)`: likewise; here `kernel_size` is a number. The pooled maps can move by whole columns
#   only: if `shift` is no multiple of `kernel_size`, raise `ValueError` with **both numbers** in the message.
#
# **Worked example.** One row of four numbers, $[3, 1, 4, 0]$, in a map of two equal rows, with $F = 2$: $p(x) = [3, 4]$. Moved by 1 it is
# $[0, 3, 1, 4]$, pooled $[3, 4]$: the invariance error is 0. Moved by 2 it is $[4, 0, 3, 1]$, pooled $[4, 3]$: the invariance error is
# $\sqrt{2}/5 = 0.283$, and the equivariance error is 0.
#
# `F.max_pool2d` and `torch.roll` are welcome here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_shift_errors", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Write one small function for $p$ and one for the relative change of two tensors. Then both errors are one line each.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `maps.roll(shift, dims=3)` moves to the right. Global: `maps.amax((2, 3))`. For a norm per image flatten everything but the first
# dimension: `difference.flatten(1).norm(dim=1)`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `(moved - still).flatten(1).norm(dim=1) / still.flatten(1).norm(dim=1)` with `still = pool(maps)` and `moved = pool(maps.roll(shift, 3))`. For the
# equivariance error subtract `still.roll(shift // kernel_size, 3)` instead; still divide by the norm of `still`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "shift_errors", "locked": false, "schema_version": 3, "solution": true, "task": false}
def invariance_error(maps, kernel_size, shift):
    """How much the pooled maps change, for each image, when the maps move to the right by `shift` columns."""
    ### BEGIN SOLUTION
    def pool(x):
        return x.amax((2, 3)) if kernel_size is None else F.max_pool2d(x, kernel_size)

    still, moved = pool(maps), pool(maps.roll(shift, dims=3))
    return (moved - still).flatten(1).norm(dim=1) / still.flatten(1).norm(dim=1)
    ### END SOLUTION


def equivariance_error(maps, kernel_size, shift):
    """How far the pooled maps are from moving along, for each image; ValueError if they cannot."""
    ### BEGIN SOLUTION
    if shift % kernel_size:
        raise ValueError(f"a shift of {shift} is no multiple of the window and stride of {kernel_size}")
    still, moved = F.max_pool2d(maps, kernel_size), F.max_pool2d(maps.roll(shift, dims=3), kernel_size)
    along = still.roll(shift // kernel_size, dims=3)
    return (moved - along).flatten(1).norm(dim=1) / still.flatten(1).norm(dim=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_shift_errors", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(10)
generator = torch.Generator().manual_seed(407)


def _draw(*shape):
    """Maps as a detector leaves them, each image with a strength of its own."""
    strength = torch.arange(1.0, shape[0] + 1).view(-1, 1, 1, 1)
    return torch.randn(*shape, generator=generator).clamp(min=0) * strength


def _pool(maps, kernel_size):
    return maps.amax((2, 3), keepdim=True) if kernel_size is None else F.max_pool2d(maps, kernel_size)


def _norms(x):
    return x.flatten(1).norm(dim=1)


def _misconceptions(maps, kernel_size, moved, along, still):
    change = moved - along
    return {
        "divide by the norm of p(x): yours is the change itself": _norms(change),
        "divide by the norm of p(x), not by that of x": _norms(change) / _norms(maps),
        "an error for each image, shape (B); yours is one number for all": _norms(change).mean() / _norms(still).mean(),
        "an error for each image; yours is their mean": (_norms(change) / _norms(still)).mean(),
        "an error for each image over all its maps; yours is one for each map": change.flatten(2).norm(dim=2) / still.flatten(2).norm(dim=2),
        "the square root is missing": (_norms(change) / _norms(still)) ** 2,
        "that is a sum of magnitudes, not the square root of the sum of squares": change.abs().flatten(1).sum(1) / still.abs().flatten(1).sum(1),
    }


def _check_invariance(maps, kernel_size, shift):
    still, moved = _pool(maps, kernel_size), _pool(maps.roll(shift, 3), kernel_size)

    def misconceptions():
        down, left = _pool(maps.roll(shift, 2), kernel_size), _pool(maps.roll(-shift, 3), kernel_size)
        cut = maps.clone().roll(shift, 3)
        cut[..., :shift] = 0
        mean = F.avg_pool2d(maps, kernel_size) if kernel_size else maps.mean((2, 3))
        moved_mean = F.avg_pool2d(maps.roll(shift, 3), kernel_size) if kernel_size else mean
        wrong = {
            "the maps move to the right; yours move down": _norms(down - still) / _norms(still),
            "the maps move to the right; yours move to the left": _norms(left - still) / _norms(still),
            "what leaves at the right comes in at the left; yours is lost": _norms(_pool(cut, kernel_size) - still) / _norms(still),
            "pool both; yours compares the maps before pooling": _norms(maps.roll(shift, 3) - maps) / _norms(maps),
            "move the maps, then pool; yours moves the pooled maps": _norms(still.roll(shift, 3) - still) / _norms(still),
            "p is max pooling, not average pooling": _norms(moved_mean - mean) / _norms(mean),
        }
        return wrong | _misconceptions(maps, kernel_size, moved, still, still)

    expected = _norms(moved - still) / _norms(still)
    call = f"invariance_error of maps {tuple(maps.shape)}, kernel_size={kernel_size}, shift={shift}"
    checks.close(invariance_error(maps, kernel_size, shift), expected, call, mistakes=misconceptions)


def _check_equivariance(maps, kernel_size, shift):
    still, moved = _pool(maps, kernel_size), _pool(maps.roll(shift, 3), kernel_size)
    along = still.roll(shift // kernel_size, 3)

    def misconceptions():
        wrong = {
            "the pooled maps move by s/F columns, not by s": _norms(moved - still.roll(shift, 3)) / _norms(still),
            "that is the invariance error: p(x) has to move along": _norms(moved - still) / _norms(still),
            "both must move the same way": _norms(moved - still.roll(-shift // kernel_size, 3)) / _norms(still),
        }
        return wrong | _misconceptions(maps, kernel_size, moved, along, still)

    expected = _norms(moved - along) / _norms(still)
    call = f"equivariance_error of maps {tuple(maps.shape)}, kernel_size={kernel_size}, shift={shift}"
    checks.close(equivariance_error(maps, kernel_size, shift), expected, call, mistakes=misconceptions)


two_rows = torch.tensor([[3.0, 1, 4, 0]] * 2)[None, None]

with task.part(2, "invariance: the worked example, and three images"):
    _check_invariance(two_rows, 2, 1)
    _check_invariance(two_rows, 2, 2)
    _check_invariance(_draw(3, 2, 6, 8), 2, 1)

with task.part(2, "equivariance: the worked example, and three images"):
    _check_equivariance(two_rows, 2, 2)
    _check_equivariance(_draw(3, 2, 6, 9), 2, 4)

### BEGIN HIDDEN TESTS
with task.part(2, "invariance, fresh maps"):
    for kernel_size, shift in [(1, 1), (2, 3), (3, 1), (4, 5)]:
        _check_invariance(_draw(4, 3, 8, 12), kernel_size, shift)
    _check_invariance(_draw(2, 2, 7, 11), 3, 2)

with task.part(1, "global pooling is invariant"):
    _check_invariance(_draw(3, 2, 6, 8), 2, 3)
    _check_invariance(_draw(3, 4, 6, 8), None, 3)

with task.part(2, "equivariance, fresh maps: exact where the windows fill the row, and not otherwise"):
    for width, kernel_size, shift in [(12, 3, 6), (13, 2, 6), (14, 4, 4), (11, 3, 3)]:
        _check_equivariance(_draw(3, 2, 8, width), kernel_size, shift)

with task.part(1, "a shift that is no multiple: an error"):
    equivariance_error(_draw(1, 1, 6, 6), 3, 3)
    checks.raises(ValueError, equivariance_error, _draw(1, 1, 8, 8), 4, 6, mentions=("4", "6"))
    checks.raises(ValueError, equivariance_error, _draw(1, 1, 8, 8), 3, 1, mentions=("3", "1"))
### END HIDDEN TESTS

task.score()

# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_lost_goose", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 8 · The pooling that lost the goose (10 points, marked by hand)
#
# A colleague builds a network that shall say **where** the goose stands in a picture of $96 \times 96$ pixels: convolutions, ReLU, global
# max pooling, one linear layer with two outputs, row and column. "Pooling makes it translation invariant," they say, "so it will find the
# goose anywhere." It learns nothing, whatever the learning rate. In about eight sentences, explain to them:
#
# 1. what *equivariant* and *invariant* mean, and which of the two holds exactly for the convolutions, for max pooling with $F=2$, $S=2$, and for
#    global max pooling, when the goose moves by one pixel (forget about the borders);
# 2. why this network cannot learn the place, in terms of what the linear layer gets to see for two pictures with the goose at two places;
# 3. which pixels of the map get a gradient through global max pooling;
# 4. a change that can work, with the shape that arrives at the linear layer, and what you pay for it.
#
# **How it is marked.**
#
# | points | for |
# | ---: | --- |
# | 3 | both words right (1); convolutions equivariant, global pooling invariant (1); $F=2$, $S=2$ neither exactly (1) |
# | 3 | the same numbers for both pictures (2), so that the same place must come out, and a mean is the best it can say (1) |
# | 1 | one pixel a map, the winner |
# | 3 | a change that keeps places (1), the shape (1), and its price: more weights, or sensitivity to shifts (1) |

# %% [markdown] nbgrader={"grade": true, "grade_id": "lost_goose", "locked": false, "points": 10, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Equivariant means: the goose moves, and the maps move along. Invariant means: the goose moves, and nothing changes. Convolutions (and
# ReLU) are equivariant, for a shift by any number of pixels. Global max pooling behind them is invariant: the largest number of a map is the
# same wherever it is. Max pooling with F=2, S=2 is neither of the two for a shift by one pixel: the pooled map cannot move by half a step, and
# maxima cross the borders of their windows; it is invariant approximately at best, and equivariant for shifts by even numbers only.
#
# Take two pictures that differ only in the place of the goose. Global pooling gives the linear layer the same numbers for both, so it must
# give the same row and column for both. No weights and no learning rate can change that: the best it can do is to answer the mean of all places.
# (Near the border a little may leak through.)
#
# Through global max pooling one pixel of each map gets a gradient, its winner; all others get none.
#
# Leave the places in: for instance three times pooling with F=2, S=2, which leaves 12 x 12, so that with 32 maps a vector of 32 * 12 * 12 = 4608
# numbers arrives at the linear layer. The price: 4608 weights for each output instead of 32, one size of picture only, and what was learned about
# the goose at one place is not known at another, so that it takes more training pictures.
# ### END SOLUTION

# %% tags=["download"]
# On Colab this downloads your work, to hand it in. Elsewhere it does nothing: there the notebook is a file already.
from utils import colab

colab.download("04_detector_and_pooling.ipynb")
