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
# # Assignment 03 · Convolution arithmetic

# %% [markdown] tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/exercises/03_convolution_arithmetic/03_convolution_arithmetic.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/exercises/03_convolution_arithmetic/03_convolution_arithmetic.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/exercises/03_convolution_arithmetic/03_convolution_arithmetic.ipynb)
#
# 100 points · 7 tasks graded by tests

# %% [markdown] nbgrader={"grade": false, "grade_id": "intro", "locked": true, "schema_version": 3, "solution": false, "task": false}
# In the lecture a kernel slid over an image, and a formula said how large the result is. Here you write the
# formula, then the layer itself, then its gradients. At the end you own a convolution layer with nothing
# hidden inside.
#
# | task | you write | points |
# | --- | --- | ---: |
# | 1 | `output_size`: how large is the output? | 12 |
# | 2 | `same_padding`: which padding keeps the size? | 8 |
# | 3 | `fitting_paddings`: "P = whatever fits" | 8 |
# | 4 | `describe_stack`: shapes and parameters of a stack of layers | 16 |
# | 5 | `conv2d`: the layer, from scratch | 18 |
# | 6 | `conv2d_backward`: its gradients, from scratch | 18 |
# | 7 | `fast_conv2d`: the layer without loops over pixels | 10 |
# | 8 | a written answer: the edge that no kernel sees | 10 |
# | | | **100** |
#
# **How a task works.** Read the statement, fill the cell under it in place of `raise NotImplementedError`,
# run it, then run the test cell below it. A ✔ is earned; a ✘ says what is wrong. Hidden tests with fresh
# numbers decide the rest of the points, so an answer that only fits the numbers you see earns few of them.
#
# **Stuck?** Each task has three hints, from a nudge to nearly there. They cost nothing.
#
# **The tasks are marked independently.** From task 3 on, the *size* of an output is no longer the question:
# use `arithmetic.output_size` from the course's package, or your own function if you trust it.
#
# **Names**, the same everywhere: input size $N$, kernel size $F$, stride $S$, padding $P$ (zeros on *both*
# sides), dilation $D$, input channels $D_1$, output channels $K$, and $B$ images in a batch.

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

from utils import arithmetic


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_output_size", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 1 · How large is the output? (12 points)
#
# Lay a ruler of $F$ squares on a strip of $N$ squares, flush with the left end. How far can you push it to
# the right before it sticks out? That way, counted in steps of $S$ squares, plus the place where you began,
# is the number of outputs.
#
# Padding makes the strip longer: $N + 2P$ squares. Dilation spreads the ruler's marks, so that it covers
# $E = D(F - 1) + 1$ squares. Together:
#
# $$\text{output size} = \frac{N + 2P - E}{S} + 1$$
#
# **Worked example.** $N = 7$, $F = 3$: the ruler can move 4 squares. With $S = 1$ there are $4/1 + 1 = 5$
# outputs, with $S = 2$ there are $4/2 + 1 = 3$. With $S = 3$ the formula gives $4/3 + 1 = 2.33$: the last
# step does not fit.
#
# Write `output_size(input_size, kernel_size, stride=1, padding=0, dilation=1)`. All arguments are whole
# numbers.
#
# - It returns the size as an `int`.
# - It raises `ValueError` when there is no such size:
#   - `input_size`, `kernel_size`, `stride` or `dilation` is below 1, or `padding` below 0:
#     the message **names the argument** (for example `stride`);
#   - the kernel covers more squares than the padded input has: the message **holds both numbers**,
#     $E$ and $N + 2P$;
#   - the last step does not fit: the message **holds what the formula gives**, with two decimals (`2.33`).
#
# Write the formula yourself: a call to `utils.arithmetic` or to PyTorch earns nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_output_size", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Work out the numerator first and give it a name: the *room* that the kernel has to move in. All three kinds
# of error are questions about the arguments or about this room.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# The room may be negative (the kernel is too large). `room % stride` is what is left over after the last
# whole step: it must be 0. For the size itself use `//`, which stays an `int`; `/` gives a `float`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `extent = dilation * (kernel_size - 1) + 1`, then `room = input_size + 2 * padding - extent`, then three
# `if`s that raise, then `return room // stride + 1`. Two decimals: `f"{room / stride + 1:.2f}"`. To check
# many arguments in one loop: `for name, value, lowest in [("input_size", input_size, 1), ...]`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "output_size", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    """Number of places where a kernel fits along one dimension; ValueError where there is no such number."""
    ### BEGIN SOLUTION
    at_least_one = {
        "input_size": input_size,
        "kernel_size": kernel_size,
        "stride": stride,
        "dilation": dilation,
    }
    for name, value in at_least_one.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    if padding < 0:
        raise ValueError(f"padding must be at least 0, got {padding}")
    extent = dilation * (kernel_size - 1) + 1
    padded = input_size + 2 * padding
    room = padded - extent
    if room < 0:
        raise ValueError(f"the kernel covers {extent} squares, but the padded input has only {padded}")
    if room % stride:
        raise ValueError(
            f"({padded} - {extent})/{stride} + 1 = {room / stride + 1:.2f}: the last step does not fit"
        )
    return room // stride + 1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_output_size", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
from random import Random

from utils import checks

task = checks.task(12)


def _size(*args, **settings):
    trace = checks.trace(output_size, *args, **settings)
    checks.avoids(
        trace, "utils.arithmetic", "torch.nn", "*convolution*", instead="write the formula yourself"
    )
    return trace.value


plus_one = "you left out the + 1, the place where the kernel begins"
whole = "`/` gives a float, and a size is an int: use `//`"

with task.part(1, "the lecture's 7 squares and a kernel of 3"):
    mistakes = {whole: 5.0, plus_one: 4}
    checks.equal(_size(7, 3), 5, "output_size(7, 3)", mistakes=mistakes)
    mistakes = {whole: 3.0, plus_one: 2, "the stride is ignored": 5}
    checks.equal(_size(7, 3, stride=2), 3, "output_size(7, 3, stride=2)", mistakes=mistakes)

with task.part(1, "padding and dilation"):
    mistakes = {plus_one: 8, "the padding is ignored": 5, "zeros are added on both sides: 2P, not P": 7}
    checks.equal(_size(7, 3, padding=2), 9, "output_size(7, 3, padding=2)", mistakes=mistakes)
    covers = "a dilated kernel covers D(F - 1) + 1 squares, not D * F"
    mistakes = {plus_one: 2, "the dilation is ignored": 7, covers: 1}
    checks.equal(_size(9, 3, dilation=3), 3, "output_size(9, 3, dilation=3)", mistakes=mistakes)

with task.part(2, "no such size: an error that says so"):
    _size(7, 3)
    checks.raises(ValueError, output_size, 7, 3, stride=3, mentions=("2.33",))
    checks.raises(ValueError, output_size, 4, 7, padding=1, mentions=("7", "6"))
    checks.raises(ValueError, output_size, 7, 3, stride=0, mentions=("stride",))


### BEGIN HIDDEN TESTS
def _misconceptions(n, f, s=1, p=0, d=1):
    extent = d * (f - 1) + 1
    right = (n + 2 * p - extent) // s + 1
    return {
        whole: float(right),
        plus_one: right - 1,
        "the stride is ignored": n + 2 * p - extent + 1,
        "the padding is ignored": (n - extent) // s + 1,
        "zeros are added on both sides: 2P, not P": (n + p - extent) // s + 1,
        "the dilation is ignored": (n + 2 * p - f) // s + 1,
        covers: (n + 2 * p - d * f) // s + 1,
    }


with task.part(4, "60 fresh settings"):
    random = Random(301)
    for _ in range(60):
        f, s, p, d, steps = (
            random.randint(low, high) for low, high in [(2, 7), (1, 4), (0, 4), (1, 3), (3, 30)]
        )
        n = s * steps + d * (f - 1) + 1 - 2 * p  # so that the last step fits
        if n < 1:
            continue
        call = f"output_size({n}, {f}, stride={s}, padding={p}, dilation={d})"
        checks.equal(_size(n, f, s, p, d), steps + 1, call, mistakes=_misconceptions(n, f, s, p, d))

with task.part(1, "the kernel as large as the padded input"):
    checks.equal(_size(1, 1), 1, "output_size(1, 1)")
    checks.equal(_size(5, 7, stride=3, padding=1), 1, "output_size(5, 7, stride=3, padding=1)")

with task.part(2, "fresh settings that do not fit"):
    _size(9, 3)
    checks.raises(ValueError, output_size, 224, 7, stride=2, padding=3, mentions=("112.50",))
    checks.raises(ValueError, output_size, 10, 4, stride=5, mentions=("2.20",))
    checks.raises(ValueError, output_size, 6, 3, stride=2, padding=5, dilation=4, mentions=("4.50",))

with task.part(1, "arguments out of range"):
    _size(9, 3)
    checks.raises(ValueError, output_size, 6, 3, stride=1, padding=0, dilation=3, mentions=("7", "6"))
    checks.raises(ValueError, output_size, 0, 1, mentions=("input_size",))
    checks.raises(ValueError, output_size, 5, 0, mentions=("kernel_size",))
    checks.raises(ValueError, output_size, 9, 3, stride=-2, mentions=("stride",))
    checks.raises(ValueError, output_size, 9, 3, padding=-1, mentions=("padding",))
    checks.raises(ValueError, output_size, 9, 3, dilation=0, mentions=("dilation",))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_same_padding", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 2 · Which padding keeps the size? (8 points)
#
# Without padding every layer eats the picture's border. With stride 1 the right padding stops that: the
# output is as large as the input, however many layers follow each other.
#
# Set the output size to $N$ with $S = 1$ and solve for $P$. Without dilation that gives
#
# $$P = \frac{F - 1}{2}$$
#
# **Worked example.** $F = 3, 5, 7$ need $P = 1, 2, 3$. $F = 4$ would need $P = 1.5$, and nobody can add half
# a pixel: there is no such padding.
#
# Write `same_padding(kernel_size, dilation=1)`. It returns $P$ as an `int`, and raises `ValueError` when no
# $P$ keeps the size; the message **holds the kernel size**. (You may take both arguments to be at least 1.)
#
# With dilation, solve again from the formula of task 1: it is the squares that the kernel *covers* that
# count.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_same_padding", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# A kernel that covers $E$ squares loses $E - 1$ outputs. The padding must give them back, half on each side.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# $N = (N + 2P - E)/1 + 1$ gives $2P = E - 1 = D(F - 1)$. This must be an even number. Is an even $F$ always
# trouble?
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `both_sides = dilation * (kernel_size - 1)`; raise if `both_sides % 2`; return `both_sides // 2`. So $F = 4$
# with $D = 2$ is fine: it covers 7 squares and needs $P = 3$.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "same_padding", "locked": false, "schema_version": 3, "solution": true, "task": false}
def same_padding(kernel_size, dilation=1):
    """The padding on each side that keeps the size at stride 1; ValueError if there is none."""
    ### BEGIN SOLUTION
    both_sides = dilation * (kernel_size - 1)
    if both_sides % 2:
        raise ValueError(
            f"kernel_size={kernel_size} with dilation={dilation} covers {both_sides + 1} squares: "
            f"the size would stay with P = {both_sides / 2}, which is not a whole number"
        )
    return both_sides // 2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_same_padding", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from utils import checks

task = checks.task(8)


def _padding(*args):
    trace = checks.trace(same_padding, *args)
    checks.avoids(
        trace, "utils.arithmetic", "torch.nn", "*convolution*", instead="solve the formula for P yourself"
    )
    return trace.value


whole = "`/` gives a float, and P is an int: use `//`"
one_side = "that is the padding of both sides together; P is that of one side"
half = "P is (F - 1)/2, not F/2 or (F + 1)/2"

with task.part(1, "kernels of 3, 5 and 7"):
    checks.equal(_padding(7), 3, "same_padding(7)", mistakes={whole: 3.0, one_side: 6, half: 4})
    checks.equal(_padding(5), 2, "same_padding(5)", mistakes={whole: 2.0, one_side: 4, half: 3})
    checks.equal(_padding(3), 1, "same_padding(3)", mistakes={whole: 1.0, one_side: 2, half: 2})

with task.part(1, "a kernel of 4: an error"):
    _padding(3)
    checks.raises(ValueError, same_padding, 4, mentions=("4",))


### BEGIN HIDDEN TESTS
def _misconceptions(f, d):
    return {
        whole: d * (f - 1) / 2,
        one_side: d * (f - 1),
        "the dilation is ignored": (f - 1) // 2,
        "a dilated kernel covers D(F - 1) + 1 squares, not D * F": (d * f - 1) // 2,
        half: d * (f + 1) // 2,
    }


with task.part(3, "with dilation"):
    for f, d in [(5, 3), (3, 2), (7, 4), (9, 1), (11, 5), (1, 3)]:
        checks.equal(
            _padding(f, d),
            d * (f - 1) // 2,
            f"same_padding({f}, dilation={d})",
            mistakes=_misconceptions(f, d),
        )

with task.part(1, "an even kernel with an even dilation"):
    for f, d, p in [(4, 2, 3), (2, 2, 1), (6, 4, 10)]:
        try:
            answer = _padding(f, d)
        except ValueError:
            answer = "ValueError"
        refused = {
            f"the kernel covers {d * (f - 1) + 1} squares, an odd number, so P = {p} keeps the size": "ValueError"
        }
        checks.equal(answer, p, f"same_padding({f}, dilation={d})", mistakes=refused)

with task.part(2, "an even kernel with an odd dilation: an error"):
    _padding(5)
    for f, d in [(2, 1), (4, 3), (10, 5)]:
        checks.raises(ValueError, same_padding, f, d, mentions=(f,))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_fitting_paddings", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 3 · "P = whatever fits" (8 points)
#
# Among the common settings the lecture lists $F = 5$, $S = 2$, $P$ = whatever fits. Which is it? That depends
# on $N$, and sometimes nothing fits.
#
# Write `fitting_paddings(input_size, kernel_size, stride, largest)`. It returns the **list** of all $P$ from
# 0 to `largest`, both included, in rising order, for which
#
# $$\frac{N + 2P - F}{S} + 1$$
#
# is a whole number **and at least 1**. If no $P$ fits, the list is empty. (All arguments are at least 1.)
#
# **Worked example.** $N = 8$, $F = 3$, $S = 3$, up to $P = 7$. The room is $5 + 2P$: 5, 7, 9, 11, 13, 15, 17,
# 19 for $P = 0 \dots 7$. Of these, 9 and 15 are multiples of 3, so the answer is `[2, 5]`.
#
# You may call `arithmetic.output_size(N, F, stride=S, padding=P)`, which raises `ValueError` where nothing
# fits. Then try $F = 5$, $S = 2$ for some $N$ of your own: do you see why it is all or nothing?

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_fitting_paddings", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Nobody asks for a clever formula: try every $P$ and keep those that fit.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `range(largest + 1)` includes `largest`. Two conditions for each $P$: the division by $S$ leaves no rest,
# and the kernel is not larger than the padded input. In Python `-4 % 2` is 0, so a *negative* room can slip
# through the first.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# With `room = input_size + 2 * padding - kernel_size` the condition is `room >= 0 and room % stride == 0`;
# append `padding` to a list when it holds. Or call `arithmetic.output_size` inside `try:` … `except
# ValueError:`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "fitting_paddings", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fitting_paddings(input_size, kernel_size, stride, largest):
    """All paddings from 0 to `largest` for which the kernel's last step fits exactly."""
    ### BEGIN SOLUTION
    fitting = []
    for padding in range(largest + 1):
        room = input_size + 2 * padding - kernel_size
        if room >= 0 and room % stride == 0:
            fitting.append(padding)
    return fitting
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_fitting_paddings", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from random import Random

from utils import checks

task = checks.task(8)


last = "`largest` itself may fit too: range(largest) stops before it"
none = "P = 0, no padding at all, may fit too"
once = "zeros are added on both sides: 2P, not P"
first = "only the first of them is there; the list holds all"
down = "rounding down makes everything fit; here the last step must fit exactly"

with task.part(1, "the worked example"):
    mistakes = {first: [2], once: [1, 4, 7], down: [0, 1, 2, 3, 4, 5, 6, 7]}
    checks.equal(fitting_paddings(8, 3, 3, 7), [2, 5], "fitting_paddings(8, 3, 3, 7)", mistakes=mistakes)

with task.part(1, "F = 5, S = 2: all or nothing"):
    mistakes = {last: [0, 1, 2], none: [1, 2, 3], first: [0], once: [0, 2]}
    checks.equal(
        fitting_paddings(7, 5, 2, 3), [0, 1, 2, 3], "fitting_paddings(7, 5, 2, 3)", mistakes=mistakes
    )
    mistakes = {once: [1, 3], down: [0, 1, 2, 3]}
    checks.equal(fitting_paddings(8, 5, 2, 3), [], "fitting_paddings(8, 5, 2, 3)", mistakes=mistakes)


### BEGIN HIDDEN TESTS
def _fits(n, f, s, p):
    return n + 2 * p >= f and (n + 2 * p - f) % s == 0


def _check(n, f, s, largest):
    expected = [p for p in range(largest + 1) if _fits(n, f, s, p)]
    misconceptions = {
        last: [p for p in expected if p < largest],
        none: [p for p in expected if p > 0],
        "some of these leave the kernel larger than the padded input: there the output size is below 1": [
            p for p in range(largest + 1) if (n + 2 * p - f) % s == 0
        ],
        "a kernel exactly as large as the padded input fits: it has one place": [
            p for p in expected if n + 2 * p > f
        ],
        once: [p for p in range(largest + 1) if n + p >= f and (n + p - f) % s == 0],
        first: expected[:1],
        down: [p for p in range(largest + 1) if n + 2 * p >= f],
    }
    call = f"fitting_paddings({n}, {f}, {s}, {largest})"
    checks.equal(fitting_paddings(n, f, s, largest), expected, call, mistakes=misconceptions)


with task.part(3, "kernels larger than the input"):
    _check(3, 9, 2, 6)
    _check(2, 8, 3, 9)
    _check(1, 5, 4, 8)

with task.part(3, "40 fresh settings"):
    random = Random(303)
    for _ in range(40):
        _check(random.randint(1, 40), random.randint(1, 11), random.randint(1, 5), random.randint(1, 15))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_describe_stack", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 4 · Shapes and parameters of a stack of layers (16 points)
#
# Before anyone trains a network they want to know: which shape comes out of each layer, and how many numbers
# are to be learned? Here the network is plain data, a list with one dictionary a layer:
#
# ```python
# layers = [
#     {"out_channels": 6, "kernel_size": 5},
#     {"out_channels": 16, "kernel_size": 5, "stride": 2},
#     {"out_channels": 32, "kernel_size": 3, "padding": 1, "bias": False},
# ]
# ```
#
# `out_channels` and `kernel_size` (square kernels) are always there. What may be left out has `nn.Conv2d`'s
# default: `stride` 1, `padding` 0, `dilation` 1, `groups` 1, `bias` True.
#
# Write `describe_stack(input_shape, layers)`. `input_shape` is `(channels, height, width)`. It returns a
# dictionary with four entries:
#
# | entry | what |
# | --- | --- |
# | `"shapes"` | list with one tuple `(channels, height, width)` a layer: what comes **out** of it |
# | `"weights"` | list with the number of weights of each layer |
# | `"biases"` | list with the number of biases of each layer (0 where `bias` is False) |
# | `"total"` | all weights and biases of all layers together |
#
# A layer with $D_1$ input channels and $K$ filters in $G$ groups has
#
# $$\text{weights} = F \cdot F \cdot \frac{D_1}{G} \cdot K \qquad \text{biases} = K$$
#
# because each filter looks at the $D_1/G$ channels of its own group only. Sizes follow PyTorch's rule: **a
# last step that does not fit is dropped** (`arithmetic.output_size(..., exact=False)` does that).
#
# **Worked example.** The stack above on a $3 \times 32 \times 32$ picture: $32 \to 28$; then
# $(28 - 5)/2 + 1 = 12.5$, so 12; then 12 again. Weights: $5 \cdot 5 \cdot 3 \cdot 6 = 450$,
# $5 \cdot 5 \cdot 6 \cdot 16 = 2400$, $3 \cdot 3 \cdot 16 \cdot 32 = 4608$. Biases: 6, 16, 0. Total: 7480.
#
# If a layer is impossible (its kernel is larger than its padded input, or `groups` does not divide its input
# or output channels), raise `ValueError`; the message **says which layer**, as in `layer 0` for the first.
#
# Count yourself: `arithmetic.conv_parameters` and torch's own layers earn nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_describe_stack", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# What comes out of one layer goes into the next. So walk through the list and carry `channels, height, width`
# along, renewing them at the end of each turn.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `layer.get("stride", 1)` gives the default where nothing is said. Height and width do not meet: call
# `arithmetic.output_size(height, F, S, P, D, exact=False)` for one, then for the other. `enumerate(layers)`
# gives you the number for the message.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# In each turn: read the settings; check `channels % groups` and `out_channels % groups`; in `try:` work out
# the new height and width, and `except ValueError as error: raise ValueError(f"layer {number}: {error}")`;
# append `kernel_size * kernel_size * (channels // groups) * out_channels` to the weights; then set `channels,
# height, width` to the new ones. The total is `sum(weights) + sum(biases)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "describe_stack", "locked": false, "schema_version": 3, "solution": true, "task": false}
def describe_stack(input_shape, layers):
    """Output shape, weights and biases of each layer of a stack of convolutions, and their total."""
    ### BEGIN SOLUTION
    shapes, weights, biases = [], [], []
    channels, height, width = input_shape
    for number, layer in enumerate(layers):
        kernel_size, out_channels = layer["kernel_size"], layer["out_channels"]
        stride, padding, dilation = layer.get("stride", 1), layer.get("padding", 0), layer.get("dilation", 1)
        groups = layer.get("groups", 1)
        if channels % groups or out_channels % groups:
            raise ValueError(
                f"layer {number}: {groups} groups do not divide {channels} and {out_channels} channels"
            )
        try:
            height, width = (
                arithmetic.output_size(n, kernel_size, stride, padding, dilation, exact=False)
                for n in (height, width)
            )
        except ValueError as error:
            raise ValueError(f"layer {number}: {error}") from None
        weights.append(kernel_size * kernel_size * (channels // groups) * out_channels)
        biases.append(out_channels if layer.get("bias", True) else 0)
        channels = out_channels
        shapes.append((channels, height, width))
    return {"shapes": shapes, "weights": weights, "biases": biases, "total": sum(weights) + sum(biases)}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_describe_stack", "locked": true, "points": 16, "schema_version": 3, "solution": false, "task": false}
from random import Random

import torch

from utils import checks

task = checks.task(16)


described = {}  # one run serves all entries


def _describe(input_shape, layers):
    call = f"describe_stack({input_shape}, {layers})"
    if call not in described:
        trace = checks.trace(describe_stack, input_shape, [dict(layer) for layer in layers])
        checks.avoids(
            trace,
            "utils.arithmetic.conv_parameters",
            "torch.nn",
            "*convolution*",
            instead="count the weights of one filter, then the filters",
        )
        described[call] = trace.value
    return described[call]


def _torch_says(input_shape, layers, **changed):
    """The same from torch's own layers, which have shapes but no numbers on the device "meta"."""
    x = torch.empty(1, *input_shape, device="meta")
    stack = []
    for layer in layers:
        stack.append(torch.nn.Conv2d(x.shape[1], **{**layer, **changed}, device="meta"))
        x = stack[-1](x)
        stack[-1].out_shape = tuple(x.shape[1:])
    weights = [layer.weight.numel() for layer in stack]
    biases = [0 if layer.bias is None else layer.bias.numel() for layer in stack]
    shapes = [layer.out_shape for layer in stack]
    return {"shapes": shapes, "weights": weights, "biases": biases, "total": sum(weights) + sum(biases)}


def _check(entry, input_shape, layers):
    expected = _torch_says(input_shape, layers)
    result = checks.item(_describe(input_shape, layers), entry, "what describe_stack returns")

    def misconceptions():
        shapes, biases, weights = expected["shapes"], expected["biases"], expected["weights"]
        inputs = [input_shape[0]] + [shape[0] for shape in shapes]
        return {
            "the stride is ignored": _torch_says(input_shape, layers, stride=1)[entry],
            "the padding is ignored": _torch_says(input_shape, layers, padding=0)[entry],
            "the dilation is ignored": _torch_says(input_shape, layers, dilation=1)[entry],
            "a shape is (channels, height, width), in this order": [(h, w, k) for k, h, w in shapes],
            "height and width are swapped": [(k, w, h) for k, h, w in shapes],
            "these are the shapes that go into each layer; the task asks what comes out": [input_shape]
            + shapes[:-1],
            "each filter has F * F weights for every input channel; yours sees one channel": [
                layer["kernel_size"] ** 2 * layer["out_channels"] for layer in layers
            ],
            "a layer's input channels are what the layer before gives, not the picture's": [
                layer["kernel_size"] ** 2 * input_shape[0] * layer["out_channels"] for layer in layers
            ],
            "the groups are ignored: a filter sees the channels of its own group only": _torch_says(
                input_shape, layers, groups=1
            )[entry],
            "a square kernel has F * F weights a channel, not F": [
                w // layer["kernel_size"] for w, layer in zip(weights, layers)
            ],
            "a filter's weights are shared by all positions: height and width do not matter": [
                w * shape[1] * shape[2] for w, shape in zip(weights, shapes)
            ],
            "these are weights and biases together": [w + b for w, b in zip(weights, biases)],
            "with bias=False a layer has no bias": _torch_says(input_shape, layers, bias=True)[entry],
            "a layer has one bias a filter, not one an input channel": [
                d if b else 0 for d, b in zip(inputs, biases)
            ],
            "a layer has one bias a filter, not one in all": [1 if b else 0 for b in biases],
            "the biases are learned too: they belong to the total": sum(weights),
            "this is one layer's number, not that of all layers together": weights[-1] + biases[-1],
        }

    call = f"describe_stack({input_shape}, {layers})[{entry!r}]"
    checks.equal(result, expected[entry], call, mistakes=misconceptions)


example = [
    {"out_channels": 6, "kernel_size": 5},
    {"out_channels": 16, "kernel_size": 5, "stride": 2},
    {"out_channels": 32, "kernel_size": 3, "padding": 1, "bias": False},
]

with task.part(1, "the worked example: shapes"):
    _check("shapes", (3, 32, 32), example)

with task.part(2, "the worked example: weights"):
    _check("weights", (3, 32, 32), example)

with task.part(1, "the worked example: biases and total"):
    _check("biases", (3, 32, 32), example)
    _check("total", (3, 32, 32), example)

### BEGIN HIDDEN TESTS
random = Random(304)
stacks = []
for _ in range(40):
    input_shape = (random.choice([4, 8, 12]), random.randint(40, 60), random.randint(61, 80))
    ranges = {"kernel_size": (1, 5), "stride": (1, 2), "padding": (0, 2), "dilation": (1, 2)}
    settings = [
        {name: random.randint(*ends) for name, ends in ranges.items()} for _ in range(random.randint(1, 3))
    ]
    for setting in settings:
        setting["out_channels"] = random.choice([4, 8, 16])
        setting["groups"] = random.choice([1, 2, 4])
        setting["bias"] = random.random() < 0.6
    stacks.append((input_shape, settings))

with task.part(4, "shapes of 40 fresh stacks"):
    for input_shape, layers in stacks:
        _check("shapes", input_shape, layers)

with task.part(3, "weights of 40 fresh stacks"):
    for input_shape, layers in stacks:
        _check("weights", input_shape, layers)

with task.part(2, "biases and total of 40 fresh stacks"):
    for input_shape, layers in stacks:
        _check("biases", input_shape, layers)
        _check("total", input_shape, layers)

with task.part(1, "a network people use: the first layers of a ResNet, and none at all"):
    stem = [{"out_channels": 64, "kernel_size": 7, "stride": 2, "padding": 3, "bias": False}]
    _check("shapes", (3, 224, 224), stem)
    _check(
        "total",
        (3, 224, 224),
        stem + [{"out_channels": 64, "kernel_size": 3, "padding": 1, "groups": 64}] * 2,
    )
    checks.equal(
        _describe((3, 8, 8), []), {"shapes": [], "weights": [], "biases": [], "total": 0}, "an empty stack"
    )

with task.part(2, "impossible layers: an error that says which layer"):
    _describe((3, 32, 32), example)
    small = {"out_channels": 4, "kernel_size": 3}
    checks.raises(ValueError, describe_stack, (1, 4, 9), [small, small, small], mentions=("layer 1",))
    checks.raises(ValueError, describe_stack, (1, 9, 4), [small, small, small], mentions=("layer 1",))
    checks.raises(ValueError, describe_stack, (3, 9, 9), [{**small, "groups": 2}], mentions=("layer 0",))
    checks.raises(
        ValueError, describe_stack, (3, 9, 9), [small, small, {**small, "groups": 3}], mentions=("layer 2",)
    )
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_conv2d", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 5 · The layer, from scratch (18 points)
#
# Cut a window out of the picture, as large as the kernel and through all its channels. Lay the kernel on it,
# multiply number by number, add everything up, add the bias: that is **one** number of the output. Move the
# window by $S$ pixels and do it again. Each kernel fills a map of its own; each picture of the batch gets the
# same treatment and never meets the others.
#
# Write `conv2d(x, weight, bias=None, stride=1, padding=0)`.
#
# | tensor | shape |
# | --- | --- |
# | `x` | $(B, D_1, H, W)$: not always square |
# | `weight` | $(K, D_1, F_H, F_W)$: not always square |
# | `bias` | $(K)$, or None: no bias |
# | result | $(B, K, H_2, W_2)$, of the same dtype as `x` |
#
# $$\text{out}[b, k, i, j] = \text{bias}[k] + \sum_{c}\sum_{u}\sum_{v}\;
# \text{padded}[b, c,\; iS + u,\; jS + v] \cdot \text{weight}[k, c, u, v]$$
#
# where $\text{padded}$ is `x` with $P$ zeros at the top, bottom, left and right of every channel. A last step
# that does not fit is dropped, as in `nn.Conv2d`. The kernel is **not** flipped: what deep learning calls
# convolution is cross-correlation.
#
# If `x` and `weight` do not have the same $D_1$, raise `ValueError` with **both numbers** in the message.
# Leave `x` and `weight` as they are.
#
# **Worked example.** One picture, one channel, one kernel, bias 100:
#
# $$\begin{bmatrix} 1 & 2 & 3\\ 4 & 5 & 6\\ 7 & 8 & 9\end{bmatrix}
# \quad\text{and}\quad \begin{bmatrix} 1 & 10\\ 0 & 0\end{bmatrix}
# \quad\text{give}\quad \begin{bmatrix} 121 & 132\\ 154 & 165\end{bmatrix}$$
#
# The first number: $1\cdot1 + 2\cdot10 + 4\cdot0 + 5\cdot0 + 100 = 121$.
#
# Loops are welcome here; task 7 gets rid of them. Allowed: any arithmetic, `F.pad`, `F.unfold`, `einsum`,
# slicing. Not allowed: a convolution of PyTorch (`F.conv2d`, `nn.Conv2d`, `F.conv_transpose2d`, …) or SciPy.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_conv2d", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# First make the padded input and an output of zeros, of the right shape. Then fill the output place by place.
# Which rows of the padded input does row `i` of the output look at?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Rows `i * stride` up to, not including, `i * stride + kernel_height`; columns alike. One slice takes this
# window of *all* pictures and channels: `padded[:, :, rows, columns]`, of shape $(B, D_1, F_H, F_W)$. So two
# loops, over `i` and `j`, are enough. `F.pad(x, (left, right, top, bottom))` pads with zeros.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# For one place: `torch.einsum("bcuv,kcuv->bk", window, weight)` multiplies and adds over channel and window,
# and its result goes to `out[:, :, i, j]`. After the loops `out + bias.view(1, -1, 1, 1)` gives each map its
# own bias. Without einsum: a third loop over the kernels, with `(window * weight[k]).sum((1, 2, 3))`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "conv2d", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv2d(x, weight, bias=None, stride=1, padding=0):
    """Cross-correlate a batch of images with K kernels: (B, D1, H, W) and (K, D1, FH, FW) give (B, K, H2, W2)."""
    ### BEGIN SOLUTION
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"x has {x.shape[1]} channels, weight is made for {weight.shape[1]}")
    kernel_height, kernel_width = weight.shape[2:]
    out_height = arithmetic.output_size(x.shape[2], kernel_height, stride, padding, exact=False)
    out_width = arithmetic.output_size(x.shape[3], kernel_width, stride, padding, exact=False)
    padded = F.pad(x, (padding, padding, padding, padding))
    out = x.new_zeros(x.shape[0], weight.shape[0], out_height, out_width)
    for i in range(out_height):
        for j in range(out_width):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + kernel_height, left : left + kernel_width]
            out[:, :, i, j] = torch.einsum("bcuv,kcuv->bk", window, weight)
    return out if bias is None else out + bias.view(1, -1, 1, 1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_conv2d", "locked": true, "points": 18, "schema_version": 3, "solution": false, "task": false}
from random import Random

import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(18)
library = ("*convolution*", "*convolve*", "*conv[1-3]d*", "*conv_*", "torch.nn.modules.conv", "scipy")


def _conv(x, weight, *args, **settings):
    before = x.clone(), weight.clone()
    trace = checks.trace(conv2d, x, weight, *args, **settings)
    checks.avoids(trace, *library, instead="slide the window yourself")
    checks.close(x, before[0], "x after the call (your function changes its argument: work on a copy)")
    checks.close(
        weight, before[1], "weight after the call (your function changes its argument: work on a copy)"
    )
    return trace.value


def _misconceptions(x, weight, bias=None, stride=1, padding=0):
    right, p, bare = (
        F.conv2d(x, weight, bias, stride, padding),
        padding,
        F.conv2d(x, weight, None, stride, padding),
    )
    height, width = right.shape[2:]
    wrong = {
        "your kernel is flipped: that is convolution; nn.Conv2d computes cross-correlation": F.conv2d(
            x, weight.flip(2, 3), bias, stride, p
        ),
        "the stride is ignored": F.conv2d(x, weight, bias, 1, p),
        "the stride scales the output's shape but not the place of the window": F.conv2d(
            x, weight, bias, 1, p
        )[:, :, :height, :width],
        "the padding is missing": F.conv2d(x, weight, bias, stride, 0),
        "zeros are added on all four sides; yours stand at the top and left only": F.conv2d(
            F.pad(x, (p, 0, p, 0)), weight, bias, stride
        ),
        "zeros are added on all four sides; yours stand at the bottom and right only": F.conv2d(
            F.pad(x, (0, p, 0, p)), weight, bias, stride
        ),
        "the padding must be zeros; yours repeats the picture's edge": F.conv2d(
            F.pad(x, (p, p, p, p), mode="replicate"), weight, bias, stride
        ),
        "the bias is missing": bare,
        "the products are averaged; they must be added": right / weight[0].numel(),
        "the channels are averaged; they must be added": bare / x.shape[1] + (right - bare),
        "only the first input channel is used; the sum goes over all of them": F.conv2d(
            x[:, :1], weight[:, :1], bias, stride, p
        ),
        "the pictures of the batch are added up; each has an output of its own": right.sum(0, keepdim=True),
        "every picture of the batch gets the output of the first": right[:1].expand_as(right),
        "only the first picture of the batch is there": right[:1],
    }
    if bias is not None:
        wrong["the bias is added once for each input channel; it is added once to each output"] = (
            bare + x.shape[1] * (right - bare)
        )
        wrong["the bias is added once for each product; it is added once to each output"] = bare + weight[
            0
        ].numel() * (right - bare)
        wrong["every map has a bias of its own; yours all get the first"] = bare + bias[0]
    if weight.shape[2] == weight.shape[3]:
        wrong["the kernel's rows and columns are swapped"] = F.conv2d(
            x, weight.transpose(2, 3), bias, stride, p
        )
    return wrong


def _check(call, x, weight, bias=None, **settings):
    expected = F.conv2d(x, weight, bias, **settings)
    result = _conv(x, weight, bias, **settings)
    checks.close(result, expected, call, mistakes=lambda: _misconceptions(x, weight, bias, **settings))


picture = torch.arange(1.0, 10.0).view(1, 1, 3, 3)
kernel = torch.tensor([[[[1.0, 10.0], [0.0, 0.0]]]])
generator = torch.Generator().manual_seed(305)


def _draw(*shape, **options):
    return torch.randn(*shape, generator=generator, **options)


with task.part(2, "the worked example"):
    answer = torch.tensor([[[[121.0, 132.0], [154.0, 165.0]]]])
    bias = torch.tensor([100.0])
    checks.close(
        _conv(picture, kernel, bias),
        answer,
        "the worked example",
        mistakes=lambda: _misconceptions(picture, kernel, bias),
    )
    checks.close(_conv(picture, kernel), answer - 100, "the worked example with no bias given")

with task.part(2, "two pictures, three channels, four kernels"):
    _check("x (2, 3, 4, 5), weight (4, 3, 3, 3), with bias", _draw(2, 3, 4, 5), _draw(4, 3, 3, 3), _draw(4))

with task.part(2, "stride and padding"):
    x, weight, bias = _draw(2, 2, 4, 5), _draw(2, 2, 3, 3), _draw(2)
    _check("x (2, 2, 4, 5), weight (2, 2, 3, 3), stride=2", x, weight, bias, stride=2)
    _check("x (2, 2, 4, 5), weight (2, 2, 3, 3), padding=2", x, weight, bias, padding=2)
    _check("x (2, 2, 4, 5), weight (2, 2, 3, 3), stride=2, padding=1", x, weight, bias, stride=2, padding=1)

### BEGIN HIDDEN TESTS
with task.part(6, "12 fresh settings"):
    random = Random(305)
    for _ in range(12):
        settings = {"stride": random.randint(1, 3), "padding": random.randint(0, 2)}
        x = _draw(2, random.randint(2, 3), random.randint(3, 6), random.randint(3, 6))
        weight = _draw(random.randint(1, 3), x.shape[1], *[random.randint(1, 3)] * 2)
        call = f"x {tuple(x.shape)}, weight {tuple(weight.shape)}, {settings}"
        _check(call, x, weight, _draw(weight.shape[0]) if random.random() < 0.7 else None, **settings)

with task.part(2, "kernels that are not square"):
    _check("x (2, 3, 4, 7), weight (2, 3, 1, 5)", _draw(2, 3, 4, 7), _draw(2, 3, 1, 5), _draw(2))
    _check(
        "x (2, 3, 7, 4), weight (2, 3, 5, 2), stride=2, padding=1",
        _draw(2, 3, 7, 4),
        _draw(2, 3, 5, 2),
        stride=2,
        padding=1,
    )

with task.part(2, "double precision, and a tensor that is not contiguous"):
    _check(
        "x and weight of dtype float64",
        _draw(2, 3, 4, 5, dtype=torch.float64),
        _draw(2, 3, 3, 3, dtype=torch.float64),
    )
    _check(
        "x that is a transposed view",
        _draw(2, 3, 5, 4).transpose(2, 3),
        _draw(2, 3, 3, 3),
        _draw(2),
        padding=1,
    )

with task.part(2, "channels that do not match: an error"):
    _conv(picture, kernel)
    checks.raises(ValueError, conv2d, _draw(1, 3, 6, 6), _draw(2, 4, 3, 3), mentions=("3", "4"))
    checks.raises(ValueError, conv2d, _draw(2, 1, 6, 6), _draw(2, 5, 3, 3), mentions=("1", "5"))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_conv2d_backward", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 6 · Its gradients, from scratch (18 points)
#
# Training asks the layer: *if this output should be a little larger, which way must each weight, bias and
# pixel move?* The answer comes as a tensor `grad_out` from the layers above: for each number of the output,
# how much the loss rises with it. Pass it on.
#
# The picture: while the window slid, each pixel was used by several outputs, and each weight by *every*
# output of its map. Whatever was used several times collects the gradient of **all** its uses: the
# contributions are added.
#
# Write `conv2d_backward(grad_out, x, weight, stride=1, padding=0)`. It returns the tuple
# `(grad_x, grad_weight, grad_bias)`, each of the shape of what it belongs to.
#
# | tensor | shape |
# | --- | --- |
# | `grad_out` | $(B, K, H_2, W_2)$ |
# | `x`, `grad_x` | $(B, D_1, H, W)$ |
# | `weight`, `grad_weight` | $(K, D_1, F_H, F_W)$ |
# | `grad_bias` | $(K)$ |
#
# With $g$ for `grad_out`, $p$ for the padded input and task 5's formula, each product
# $p[b,c,\,iS+u,\,jS+v]\cdot w[k,c,u,v]$ hands $g[b,k,i,j]$ times the *other* factor to each of the two:
#
# $$\frac{\partial L}{\partial w[k,c,u,v]} = \sum_{b,i,j} g[b,k,i,j]\; p[b,c,\,iS+u,\,jS+v]
# \qquad \frac{\partial L}{\partial \text{bias}[k]} = \sum_{b,i,j} g[b,k,i,j]$$
#
# $$\text{and, to } \frac{\partial L}{\partial p[b,c,\,iS+u,\,jS+v]}, \text{ add } g[b,k,i,j]\; w[k,c,u,v]
# \text{ for all } k, i, j, u, v.$$
#
# The padding was not part of `x`: cut its gradient off at the end.
#
# **Worked example.** One row of three pixels $x = [1, 2, 3]$, a kernel $w = [5, 7]$, $g = [10, 100]$. The first
# window is $[1, 2]$, the second $[2, 3]$.
# - $\partial L/\partial w = 10\cdot[1, 2] + 100\cdot[2, 3] = [210, 320]$
# - $\partial L/\partial x$: the first window gets $10\cdot[5, 7]$, the second $100\cdot[5, 7]$, and the middle pixel
#   is in both: $[50,\; 70 + 500,\; 700] = [50, 570, 700]$
# - $\partial L/\partial \text{bias} = 110$
#
# Not allowed: autograd in any form (`torch.autograd`, `.backward()`, `torch.func`) and PyTorch's
# convolutions. `arithmetic`, slicing, `einsum`, `F.pad`, `F.unfold`, `F.fold` and your own functions are
# fine.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_conv2d_backward", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Walk over the output once more, place by place, exactly as in task 5. But where you *read* the window to
# make an output, you now *add into* two tensors of zeros: the gradient of the weight, and that of the same
# window of the padded input. The bias is one line.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `grad_bias = grad_out.sum((0, 2, 3))`. At place `(i, j)`, `g = grad_out[:, :, i, j]` has shape $(B, K)$ and
# the window has $(B, D_1, F_H, F_W)$. To the weight goes $g$ times the window, summed over the batch; to the
# window goes $g$ times the weight, summed over the kernels. Use `+=`: windows overlap.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `grad_weight += torch.einsum("bk,bcuv->kcuv", g, window)` and `grad_padded[:, :, rows, columns] +=
# torch.einsum("bk,kcuv->bcuv", g, weight)`. At the end `grad_padded[:, :, padding : padding + x.shape[2],
# padding : padding + x.shape[3]]`. The sizes to loop over are those of `grad_out`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "conv2d_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    """Gradients of a convolution: (grad_x, grad_weight, grad_bias), given the gradient of its output."""
    ### BEGIN SOLUTION
    (kernel_height, kernel_width), (height, width) = weight.shape[2:], x.shape[2:]
    padded = F.pad(x, (padding, padding, padding, padding))
    grad_padded, grad_weight = torch.zeros_like(padded), torch.zeros_like(weight)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            rows = slice(i * stride, i * stride + kernel_height)
            columns = slice(j * stride, j * stride + kernel_width)
            g = grad_out[:, :, i, j]
            grad_weight += torch.einsum("bk,bcuv->kcuv", g, padded[:, :, rows, columns])
            grad_padded[:, :, rows, columns] += torch.einsum("bk,kcuv->bcuv", g, weight)
    grad_x = grad_padded[:, :, padding : padding + height, padding : padding + width]
    return grad_x, grad_weight, grad_out.sum((0, 2, 3))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_conv2d_backward", "locked": true, "points": 18, "schema_version": 3, "solution": false, "task": false}
import functools
from random import Random

import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(18)
names = ["grad_x", "grad_weight", "grad_bias"]
overwritten = "overlapping windows add up; yours overwrite each other: use +="
library = ("*convolution*", "*convolve*", "*conv[1-3]d*", "*conv_*", "torch.nn.modules.conv", "scipy")
autograd = (
    "torch.autograd.grad",
    "torch.autograd.backward",
    "torch.autograd.functional",
    "torch._tensor.Tensor.backward",
    "torch._functorch.eager_transforms",
    "torch._functorch.apis.grad*",
    "torch.nn.grad",
)


def _backward(grad_out, x, weight, **settings):
    before = grad_out.clone(), x.clone(), weight.clone()
    trace = checks.trace(conv2d_backward, grad_out, x, weight, **settings)
    checks.avoids(trace, *autograd, instead="pass the gradient on yourself, window by window")
    checks.avoids(trace, *library, instead="slide the window yourself")
    for name, value, kept in zip(["grad_out", "x", "weight"], [grad_out, x, weight], before):
        checks.close(
            value, kept, f"{name} after the call (your function changes its argument: work on a copy)"
        )
    return trace.value


def _oracle(grad_out, x, weight, stride=1, padding=0):
    """What autograd says."""
    x, weight = x.detach().requires_grad_(), weight.detach().requires_grad_()
    bias = torch.zeros(weight.shape[0], dtype=x.dtype, requires_grad=True)
    return torch.autograd.grad(F.conv2d(x, weight, bias, stride, padding), [x, weight, bias], grad_out)


def _misconceptions(which, grad_out, x, weight, stride=1, padding=0):
    right = _oracle(grad_out, x, weight, stride, padding)[which]
    batch, p = x.shape[0], padding
    if which == 2:
        return {
            "the gradients of the whole batch are added, not averaged": right / batch,
            "the gradients of all places are added, not averaged": right / grad_out[0, 0].numel(),
            "the sum goes over batch, rows and columns; yours is the mean": grad_out.mean((0, 2, 3)),
            "the sum goes over batch, rows and columns; yours leaves out the batch": grad_out.sum((2, 3)),
            "the sum goes over batch, rows and columns; yours is one number for all kernels": grad_out.sum(),
        }
    if which == 1:
        last = torch.zeros_like(grad_out)
        last[:, :, -1, -1] = grad_out[:, :, -1, -1]
        return {
            "the gradients of the whole batch are added, not averaged": right / batch,
            "this gradient is flipped: the kernel was not flipped on the way forward": right.flip(2, 3),
            "only the first picture of the batch is used": _oracle(grad_out[:1], x[:1], weight, stride, p)[1],
            "every place of the output adds to it; yours is that of the last place": _oracle(
                last, x, weight, stride, p
            )[1],
        }
    flipped = _oracle(grad_out, x, weight.flip(2, 3), stride, p)[0]
    uncut = _oracle(grad_out, F.pad(x, (p, p, p, p)), weight, stride)[0]
    return {
        overwritten: torch.tensor([[[[50.0, 500.0, 700.0]]]], dtype=x.dtype),  # in the worked example
        "the kernel is flipped here: grad_out[i, j] * weight[u, v] goes to pixel (i + u, j + v)": flipped,
        "the padding's gradient is still there: cut it off": uncut,
        "cut the padding off on both sides; yours is cut at the bottom and right only": uncut[
            :, :, : x.shape[2], : x.shape[3]
        ],
        "the gradients of the whole batch are averaged; each picture has its own": right / batch,
    }


def _check(which, call, grad_out, x, weight, **settings):
    expected = _oracle(grad_out, x, weight, **settings)[which]
    result = checks.item(_backward(grad_out, x, weight, **settings), which, "what conv2d_backward returns")
    checks.close(
        result,
        expected,
        f"{names[which]} for {call}",
        mistakes=lambda: _misconceptions(which, grad_out, x, weight, **settings),
    )


generator = torch.Generator().manual_seed(306)


def _draw(*shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


row, pair, upstream = (torch.tensor([[[values]]]) for values in ([1.0, 2.0, 3.0], [5.0, 7.0], [10.0, 100.0]))

with task.part(1, "the bias, by hand"):
    _check(2, "the worked example", upstream, row, pair)

with task.part(2, "the weight, by hand and by numerical gradient"):
    _check(1, "the worked example", upstream, row, pair)
    x, weight, grad_out = _draw(2, 2, 4, 5), _draw(3, 2, 3, 2), _draw(2, 3, 2, 4)
    numerical = checks.numerical_gradient(lambda w: F.conv2d(x, w), weight, upstream=grad_out)
    result = checks.item(_backward(grad_out, x, weight), 1, "what conv2d_backward returns")
    checks.close(
        result,
        numerical,
        "grad_weight beside the numerical gradient",
        atol=1e-4,
        mistakes=lambda: _misconceptions(1, grad_out, x, weight),
    )

with task.part(2, "the input, by hand and by numerical gradient"):
    _check(0, "the worked example", upstream, row, pair)
    x, weight, grad_out = _draw(2, 2, 5, 4), _draw(3, 2, 3, 3), _draw(2, 3, 3, 2)
    numerical = checks.numerical_gradient(
        lambda x: F.conv2d(x, weight, stride=2, padding=1), x, upstream=grad_out
    )
    result = checks.item(
        _backward(grad_out, x, weight, stride=2, padding=1), 0, "what conv2d_backward returns"
    )
    checks.close(
        result,
        numerical,
        "grad_x beside the numerical gradient, stride=2, padding=1",
        atol=1e-4,
        mistakes=lambda: _misconceptions(0, grad_out, x, weight, stride=2, padding=1),
    )

### BEGIN HIDDEN TESTS
random = Random(3067)  # four of the six have a last step that does not fit
cases = []
for _ in range(6):
    settings = {"stride": random.randint(1, 3), "padding": random.randint(0, 2)}
    x = _draw(random.randint(2, 3), random.randint(1, 3), random.randint(5, 7), random.randint(5, 7))
    weight = _draw(random.randint(2, 3), x.shape[1], random.randint(1, 3), random.randint(1, 3))
    grad_out = _draw(*F.conv2d(x, weight, **settings).shape)
    cases.append(
        (f"x {tuple(x.shape)}, weight {tuple(weight.shape)}, {settings}", grad_out, x, weight, settings)
    )


@functools.cache  # one run serves the three parts
def _fresh(number):
    call, grad_out, x, weight, settings = cases[number]
    return _backward(grad_out, x, weight, **settings)


def _window_by_window(grad_out, x, weight, stride=1, padding=0):
    """What becomes of grad_x when windows overwrite each other, or stand one pixel apart whatever the stride."""
    p = padding
    last, apart = torch.zeros_like(F.pad(x, (p, p, p, p))), torch.zeros_like(F.pad(x, (p, p, p, p)))
    fh, fw = weight.shape[2:]
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            sent = torch.einsum("bk,kcuv->bcuv", grad_out[:, :, i, j], weight)
            last[:, :, i * stride : i * stride + fh, j * stride : j * stride + fw] = sent
            apart[:, :, i : i + fh, j : j + fw] += sent
    inner = (..., slice(p, p + x.shape[2]), slice(p, p + x.shape[3]))
    ignored = "the stride is ignored: window (i, j) begins at pixel (i * stride, j * stride)"
    return {overwritten: last[inner], ignored: apart[inner]}


def _check_fresh(which):
    for number, (call, grad_out, x, weight, settings) in enumerate(cases):
        checks.close(
            checks.item(_fresh(number), which, "what conv2d_backward returns"),
            _oracle(grad_out, x, weight, **settings)[which],
            f"{names[which]} for {call}",
            mistakes=lambda: (
                _misconceptions(which, grad_out, x, weight, **settings)
                | (_window_by_window(grad_out, x, weight, **settings) if which == 0 else {})
            ),
        )


with task.part(2, "the bias, 6 fresh settings"):
    _check_fresh(2)

with task.part(4, "the weight, 6 fresh settings"):
    _check_fresh(1)

with task.part(4, "the input, 6 fresh settings"):
    _check_fresh(0)

with task.part(1, "pixels that no window reaches"):
    x, weight, grad_out = _draw(2, 1, 7, 8), _draw(2, 1, 3, 3), _draw(2, 2, 2, 2)
    result = checks.item(_backward(grad_out, x, weight, stride=3), 0, "what conv2d_backward returns")
    checks.equal(tuple(result.shape), (2, 1, 7, 8), "the shape of grad_x where the last step does not fit")
    checks.close(result[:, :, 6:], torch.zeros_like(x[:, :, 6:]), "grad_x of the rows below the last window")
    checks.close(
        result[..., 6:], torch.zeros_like(x[..., 6:]), "grad_x of the columns right of the last window"
    )
    _check(0, "x (2, 1, 7, 8), weight (2, 1, 3, 3), stride=3", grad_out, x, weight, stride=3)

with task.part(2, "single precision, and a batch whose gradients differ"):
    x, weight, grad_out = _draw(3, 3, 4, 4).float(), _draw(2, 3, 3, 3).float(), _draw(3, 2, 4, 4).float()
    for which in range(3):
        _check(which, "float32, padding=1", grad_out, x, weight, padding=1)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_fast_conv2d", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 7 · The layer without loops over pixels (10 points)
#
# Every call of PyTorch from Python costs a few microseconds, however little there is to do, and a photograph
# has a million pixels. The way out: lay out **all windows at once** as one large tensor, and leave all the
# multiplying and adding to one operation. This is how libraries do it too; the lecture called it *im2col*.
#
# Write `fast_conv2d(x, weight, bias=None, stride=1, padding=0)`: arguments and result as in task 5 (you need
# not check the channels again), and one thing more: **the number of lines that Python runs and of PyTorch
# operations must not grow** with the image, the batch, or the channels. A loop over the places of the
# *kernel* is allowed; a loop over pixels, pictures, channels or kernels is not. The test counts; it does not
# look at the clock.
#
# Autograd must be able to differentiate through your function: stay within PyTorch.
#
# **Two ways to see it.**
# - *Windows as a view.* `x.unfold(dimension, size, step)` (the method of a tensor) gives all windows along one
#   dimension, in a new last dimension, without copying: for a row of 7 with size 3 and step 2, the shape is
#   `(3, 3)`: three windows of three.
# - *Kernel places as a loop.* For one place $(u, v)$ of the kernel, the pixels that all the windows have there form
#   one strided slice of the padded input. Multiply it by `weight[:, :, u, v]`, and add over the $F_H F_W$ places.
#
# Not allowed: PyTorch's convolutions, and `F.unfold` / `nn.Unfold`, which is im2col ready-made.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_fast_conv2d", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# In task 5 one einsum dealt with one window of all pictures and kernels. Give the tensor of windows two more
# dimensions, for the place, and one einsum deals with everything.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `padded.unfold(2, kernel_height, stride)` has shape $(B, D_1, H_2, W + 2P, F_H)$: windows along the height.
# A second `.unfold` along dimension 3 gives $(B, D_1, H_2, W_2, F_H, F_W)$. The last step that does not fit
# is dropped by itself.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `torch.einsum("bcijuv,kcuv->bkij", windows, weight)`, then the bias as in task 5. Or, as a loop over the
# kernel: `padded[:, :, u : u + (H2 - 1) * stride + 1 : stride, v : v + (W2 - 1) * stride + 1 : stride]` and
# `torch.einsum("bcij,kc->bkij", pixels, weight[:, :, u, v])`, added up.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "fast_conv2d", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fast_conv2d(x, weight, bias=None, stride=1, padding=0):
    """The same as conv2d, with a number of operations that does not depend on the sizes."""
    ### BEGIN SOLUTION
    padded = F.pad(x, (padding, padding, padding, padding))
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    out = torch.einsum("bcijuv,kcuv->bkij", windows, weight)
    return out if bias is None else out + bias.view(1, -1, 1, 1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_fast_conv2d", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
from random import Random

import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(10)
library = (
    "*convolution*",
    "*convolve*",
    "*conv[1-3]d*",
    "*conv_*",
    "torch.nn.modules.conv",
    "scipy",
    "*im2col*",
)
generator = torch.Generator().manual_seed(307)


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _traced(x, weight, *args, **settings):
    trace = checks.trace(fast_conv2d, x, weight, *args, **settings)
    checks.avoids(trace, *library, instead="lay out the windows yourself")
    return trace


def _check(call, x, weight, bias=None, stride=1, padding=0):
    expected, p = F.conv2d(x, weight, bias, stride, padding), padding
    misconceptions = {
        "your kernel is flipped: that is convolution; nn.Conv2d computes cross-correlation": F.conv2d(
            x, weight.flip(2, 3), bias, stride, p
        ),
        "the stride is ignored": F.conv2d(x, weight, bias, 1, p),
        "the padding is missing": F.conv2d(x, weight, bias, stride),
        "the bias is missing": F.conv2d(x, weight, None, stride, p),
        "the kernel's rows and columns are swapped": F.conv2d(x, weight.transpose(2, 3), bias, stride, p),
        "the channels must be added up; yours is their mean": F.conv2d(
            x, weight / x.shape[1], bias, stride, p
        ),
        "the output is transposed: rows and columns are swapped": expected.transpose(2, 3),
        "batch and kernels are swapped in the output": expected.transpose(0, 1),
    }
    checks.close(
        _traced(x, weight, bias, stride=stride, padding=p).value, expected, call, mistakes=misconceptions
    )


def _check_work(what, x, weight, larger_x, larger_weight, **settings):
    small, large = (_traced(*tensors, **settings) for tensors in [(x, weight), (larger_x, larger_weight)])
    checks.same_work(small, large, what)


with task.part(1, "values, without a loop over pixels"):
    x, weight = _draw(2, 3, 6, 7), _draw(4, 3, 3, 3)
    _check("x (2, 3, 6, 7), weight (4, 3, 3, 3), with bias", x, weight, _draw(4))
    _check_work("an image of 18 x 21 pixels instead of 6 x 7", x, weight, _draw(2, 3, 18, 21), weight)

with task.part(1, "stride and padding, without a loop over pixels"):
    x, weight = _draw(2, 3, 7, 8), _draw(4, 3, 3, 3)
    _check("stride=2, padding=1, with bias", x, weight, _draw(4), stride=2, padding=1)
    _check_work(
        "an image of 21 x 24 pixels instead of 7 x 8",
        x,
        weight,
        _draw(2, 3, 21, 24),
        weight,
        stride=2,
        padding=1,
    )

### BEGIN HIDDEN TESTS
with task.part(3, "10 fresh settings, the last with a larger image"):
    random = Random(307)
    for _ in range(10):
        settings = {"stride": random.randint(1, 3), "padding": random.randint(0, 2)}
        kernel_size = random.randint(2, 4)
        x = _draw(random.randint(2, 3), random.randint(2, 4), random.randint(5, 9), random.randint(5, 9))
        weight = _draw(random.randint(2, 5), x.shape[1], kernel_size, kernel_size)
        call = f"x {tuple(x.shape)}, weight {tuple(weight.shape)}, {settings}"
        _check(call, x, weight, _draw(weight.shape[0]) if random.random() < 0.7 else None, **settings)
    _check_work("a larger image", x, weight, _draw(*x.shape[:2], 28, 32), weight, **settings)

with task.part(3, "the work grows with nothing: image, batch, channels, kernels"):
    x, weight = _draw(2, 2, 6, 7), _draw(3, 2, 3, 3)
    _check("x (2, 2, 6, 7), weight (3, 2, 3, 3)", x, weight)
    _check_work("an image of 24 x 28 pixels instead of 6 x 7", x, weight, _draw(2, 2, 24, 28), weight)
    _check_work("24 pictures instead of 2", x, weight, _draw(24, 2, 6, 7), weight)
    _check_work("24 input channels instead of 2", x, weight, _draw(2, 24, 6, 7), _draw(3, 24, 3, 3))
    _check_work("24 kernels instead of 3", x, weight, x, _draw(24, 2, 3, 3))

with task.part(2, "autograd goes through"):
    x, weight, upstream = _draw(2, 3, 7, 6), _draw(4, 3, 3, 3), _draw(2, 4, 4, 3)
    _traced(x, weight, stride=2, padding=1)
    value, gradients = checks.gradient(
        fast_conv2d, x, weight, wrt=(0, 1), upstream=upstream, stride=2, padding=1
    )
    inputs = [x.clone().requires_grad_(), weight.clone().requires_grad_()]
    expected = F.conv2d(*inputs, stride=2, padding=1)
    checks.close(value, expected.detach(), "the result for stride=2, padding=1")
    for name, actual, right in zip(
        ["x", "weight"], gradients, torch.autograd.grad(expected, inputs, upstream)
    ):
        checks.close(actual, right, f"the gradient with respect to {name}")
### END HIDDEN TESTS

task.score()

# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_the_unseen_edge", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 8 · The edge that no kernel sees (10 points, marked by hand)
#
# A colleague puts `nn.Conv2d(1, 8, kernel_size=3, stride=3)` on pictures of $7 \times 7$ pixels. It runs
# without a word, "so it must be right". In about eight sentences, explain to them:
#
# 1. what the formula gives, and what that means for the sliding kernel;
# 2. what PyTorch does instead, and the shape that comes out;
# 3. which pixels are lost and how many of the 49, and what follows from it: for a small object at the right edge of
#    the picture, **and** for the gradient of those pixels;
# 4. one change of settings that loses no pixel, with its output size worked out.
#
# **How it is marked.**
#
# | points | for |
# | ---: | --- |
# | 2 | the formula's value, and that a step is left over: the kernel would stick out |
# | 2 | that the size is rounded down without an error, and the shape of the output |
# | 2 | the right pixels and the right count (1 if only the columns or only the rows are named) |
# | 2 | the object at the edge cannot change the output (1); the gradient there is zero (1) |
# | 2 | a change that works (1), with the arithmetic that shows it (1) |

# %% [markdown] nbgrader={"grade": true, "grade_id": "the_unseen_edge", "locked": false, "points": 10, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The formula gives (7 - 3)/3 + 1 = 2.33. The kernel fits at pixel 0 and at pixel 3; for a third place it
# would begin at pixel 6 and stick out by two pixels, so there is no whole number of steps.
#
# PyTorch does not complain: it rounds down and drops the step that does not fit. From (B, 1, 7, 7) comes
# (B, 8, 2, 2).
#
# The two places cover pixels 0 to 5, so the last row and the last column are never under the kernel: 7 + 7 -
# 1 = 13 of the 49 pixels. A small object in the last column can appear, change or vanish without changing one
# number of the output, so no later layer can know of it either. For the same reason the gradient of the loss
# with respect to these pixels is exactly zero.
#
# With padding 1 the padded picture has 9 pixels: (7 + 2 - 3)/3 + 1 = 3, and every pixel lies under a kernel
# once. (Stride 2 without padding works too: (7 - 3)/2 + 1 = 3.)
# ### END SOLUTION

# %% tags=["download"]
# On Colab this downloads your work, to hand it in. Elsewhere it does nothing: there the notebook is a file already.
from utils import colab

colab.download("03_convolution_arithmetic.ipynb")
