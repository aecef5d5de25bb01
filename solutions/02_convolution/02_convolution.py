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
# # Assignment 02 · Convolution

# %% [markdown] tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/exercises/02_convolution/02_convolution.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/exercises/02_convolution/02_convolution.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/exercises/02_convolution/02_convolution.ipynb)
#
# 100 points · 8 tasks graded by tests

# %% [markdown] nbgrader={"grade": false, "grade_id": "intro", "locked": true, "schema_version": 3, "solution": false, "task": false}
# The lecture slid kernels over sounds, pictures and films. Here you build what it used: the loop and the
# matrix, the count of what they cost, a ruler for equivariance, a search for patterns that does not mind the
# light, and last a scanner made of a trained multilayer perceptron.
#
# | task | you write | points |
# | --- | --- | ---: |
# | 1 | `correlate`: the loop | 8 |
# | 2 | `convolution_matrix`: the same as a matrix | 13 |
# | 3 | `convolve2d`: true convolution from cross-correlation | 10 |
# | 4 | `filter_data`: sound, pictures and film, each to its layer | 12 |
# | 5 | `layer_costs`: dense, locally connected, shared | 11 |
# | 6 | `shift` and `equivariance_error`: a ruler for equivariance | 13 |
# | 7 | `normalised_correlation`: find a pattern in any light | 12 |
# | 8 | `dense_to_conv`, `scan`, `detect`: the MLP that scans | 13 |
# | 9 | a written answer: the promise on the slide | 8 |
# | | | **100** |
#
# **How a task works.** Read the statement, fill the cell under it in place of `raise NotImplementedError`,
# run it, then run the test cell below it. A ✔ is earned; a ✘ says what is wrong. Hidden tests with fresh
# numbers decide the rest of the points, so an answer that only fits the numbers you see earns few of them.
#
# **Stuck?** Each task has three hints, from a nudge to nearly there. They cost nothing.
#
# **The tasks are marked independently**: none needs an earlier one of yours.

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


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_correlate", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 1 · The loop (8 points)
#
# Lay the kernel on the beginning of the signal, multiply each weight by the sample under it, add up: one
# number. Move by one sample, and again, as long as the kernel fits.
#
# Write `correlate(signal, kernel)`: cross-correlation in one dimension, without padding. `signal` has shape
# $(N)$, `kernel` $(F)$, the result $(N - F + 1)$ and the dtype of the signal:
#
# $$\text{out}[i] = \sum_{a=0}^{F-1} \text{kernel}[a]\cdot\text{signal}[i + a]$$
#
# If the kernel is longer than the signal, raise `ValueError` with **both lengths** in the message.
#
# **Worked example.** The signal $[1, 2, 3, 4]$ and the kernel $[10, 0, 1]$ give $[13, 24]$: first
# $10\cdot 1 + 0\cdot 2 + 1\cdot 3 = 13$, then $10\cdot 2 + 0 \cdot 3 + 1\cdot 4 = 24$.
#
# Not allowed: a convolution or correlation of PyTorch, NumPy or SciPy.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_correlate", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# How many places are there? Try it with the worked example: 4 samples, 3 weights, 2 places.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# At place `i` the window is `signal[i : i + len(kernel)]`. The dot product of two tensors of equal length is
# `a @ b`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# Make `out = signal.new_zeros(len(signal) - len(kernel) + 1)`, fill `out[i]` in a loop, return it. Check the
# lengths first, and put both into the message with an f-string.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "correlate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def correlate(signal, kernel):
    """w·x at every place where the kernel fits: signal (N), kernel (F), result (N - F + 1)."""
    ### BEGIN SOLUTION
    places = len(signal) - len(kernel) + 1
    if places < 1:
        raise ValueError(f"a kernel of {len(kernel)} does not fit into a signal of {len(signal)}")
    out = signal.new_zeros(places)
    for i in range(places):
        out[i] = kernel @ signal[i : i + len(kernel)]
    return out
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_correlate", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(8)
library = ("*convolution*", "*convolve*", "*correlate*", "*conv[1-3]d*", "*conv_*", "torch.nn.modules.conv", "scipy")
generator = torch.Generator().manual_seed(201)


def _draw(*shape, dtype=torch.float32):
    return torch.randn(*shape, generator=generator, dtype=dtype)


def _oracle(signal, kernel, **settings):
    return F.conv1d(signal[None, None], kernel[None, None], **settings)[0, 0]


def _check(call, signal, kernel):
    kept = signal.clone(), kernel.clone()
    trace = checks.trace(correlate, signal, kernel)
    checks.avoids(trace, *library, instead="slide the window yourself")
    expected = _oracle(signal, kernel)
    wrong = {
        "your kernel is flipped: that is convolution; the task asks for cross-correlation": _oracle(
            signal, kernel.flip(0)
        ),
        "the last place is missing: there are N - F + 1": expected[:-1],
        "the products are averaged; they must be added": expected / len(kernel),
        "places where the kernel hangs over the end do not count: no padding": _oracle(
            F.pad(signal, (0, len(kernel) - 1)), kernel
        ),
        "places where the kernel hangs over an end do not count: no padding": _oracle(
            signal, kernel, padding=len(kernel) - 1
        ),
        "the window must move by one sample, not by its own length": expected[:: len(kernel)],
    }
    checks.close(trace.value, expected, call, mistakes=wrong)
    checks.close(signal, kept[0], "the signal after the call (your function changes it: work on a copy)")
    checks.close(kernel, kept[1], "the kernel after the call (your function changes it: work on a copy)")


with task.part(1, "the worked example"):
    _check("correlate([1, 2, 3, 4], [10, 0, 1])", torch.tensor([1.0, 2, 3, 4]), torch.tensor([10.0, 0, 1]))

with task.part(1, "12 samples, 5 weights"):
    _check("12 samples, 5 weights", _draw(12), _draw(5))

with task.part(1, "a kernel that is too long: an error with both lengths"):
    _check("5 samples, 3 weights", _draw(5), _draw(3))
    checks.raises(ValueError, correlate, _draw(4), _draw(7), mentions=("4", "7"))

### BEGIN HIDDEN TESTS
with task.part(3, "fresh lengths"):
    for samples, weights in [(9, 4), (20, 1), (31, 7), (6, 6), (50, 2)]:
        _check(f"{samples} samples, {weights} weights", _draw(samples), _draw(weights))

with task.part(1, "double precision"):
    _check(
        "10 samples and 3 weights of dtype float64",
        _draw(10, dtype=torch.float64),
        _draw(3, dtype=torch.float64),
    )

with task.part(1, "too long by one: an error"):
    _check("8 samples, 8 weights", _draw(8), _draw(8))
    checks.raises(ValueError, correlate, _draw(11), _draw(12), mentions=("11", "12"))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_convolution_matrix", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 2 · The matrix (13 points)
#
# A convolution is a linear layer, so there is a matrix that does the same. Read a picture line by line, as
# `flatten()` does: a list of $H W$ numbers. Then
#
# $$\text{matrix} \cdot \text{picture.flatten()} = \text{map.flatten()}$$
#
# Row $i$ of the matrix makes number $i$ of the map: it holds the kernel's weights in the columns of the
# pixels that lie under the kernel at that place, and 0 everywhere else.
#
# Write `convolution_matrix(kernel, height, width)` for the cross-correlation (no flip, no padding, stride 1)
# of a picture of `height` × `width` pixels with a kernel of shape $(F_H, F_W)$, not always square. It returns
# a tensor of shape $((H - F_H + 1)(W - F_W + 1),\ H W)$ and the kernel's dtype.
#
# If the kernel is larger than the picture, raise `ValueError`; the message **holds the height or the width** that is
# too small.
#
# **Worked example.** The kernel $\begin{bmatrix}1 & 2\\ 3 & 4\end{bmatrix}$ and a picture of 2 rows and 3
# columns: two places, six pixels.
#
# $$\begin{bmatrix}1 & 2 & 0 & 3 & 4 & 0\\ 0 & 1 & 2 & 0 & 3 & 4\end{bmatrix}$$
#
# Not allowed: a convolution of PyTorch or SciPy, or `scipy.linalg.toeplitz`. Loops are welcome.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_convolution_matrix", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# One row of the matrix, reshaped to $H \times W$, is a picture: zeros, with the kernel lying at its place.
# Which rows and columns of that picture does the kernel cover at place $(r, c)$ of the map?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Loop over the places $(r, c)$. Make `canvas = kernel.new_zeros(height, width)`, lay the kernel on
# `canvas[r : r + kernel_height, c : c + kernel_width]`, and `canvas.flatten()` is a row.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# Collect the rows in a list, `for r in range(height - kernel_height + 1)` outside and
# `for c in range(width - kernel_width + 1)` inside, and return `torch.stack(rows)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "convolution_matrix", "locked": false, "schema_version": 3, "solution": true, "task": false}
def convolution_matrix(kernel, height, width):
    """The matrix of cross-correlation: ((H - FH + 1)(W - FW + 1), H W), for kernel (FH, FW)."""
    ### BEGIN SOLUTION
    kernel_height, kernel_width = kernel.shape
    if kernel_height > height or kernel_width > width:
        raise ValueError(
            f"a kernel of {kernel_height} x {kernel_width} does not fit into a picture of {height} x {width}"
        )
    rows = []
    for r in range(height - kernel_height + 1):
        for c in range(width - kernel_width + 1):
            canvas = kernel.new_zeros(height, width)
            canvas[r : r + kernel_height, c : c + kernel_width] = kernel
            rows.append(canvas.flatten())
    return torch.stack(rows)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_convolution_matrix", "locked": true, "points": 13, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(13)
library = ("*convolution*", "*convolve*", "*correlate*", "*conv[1-3]d*", "*conv_*", "torch.nn.modules.conv", "scipy")
generator = torch.Generator().manual_seed(202)


def _draw(*shape, dtype=torch.float32):
    return torch.randn(*shape, generator=generator, dtype=dtype)


def _oracle(kernel, height, width):
    """Column j is what pixel j alone gives."""
    pixels = torch.eye(height * width, dtype=kernel.dtype).reshape(-1, 1, height, width)
    return F.conv2d(pixels, kernel[None, None]).flatten(1).T


def _matrix(kernel, height, width):
    trace = checks.trace(convolution_matrix, kernel, height, width)
    checks.avoids(trace, *library, instead="lay the kernel into each row yourself")
    return trace.value


def _column_by_column(matrix, height, width):
    """The same matrix for a picture that is read column by column."""
    return matrix.reshape(-1, height, width).transpose(1, 2).flatten(1)


def _wrapped(kernel, height, width):
    """Rows in which the kernel is one run of numbers after the other, as if the picture had no line ends."""
    rows = []
    for place in range(height * width):
        row = kernel.new_zeros(height * width)
        for u in range(kernel.shape[0]):
            for v in range(kernel.shape[1]):
                row[(place + u * width + v) % (height * width)] = kernel[u, v]
        rows.append(row)
    return torch.stack(rows)


def _check(call, kernel, height, width):
    expected = _oracle(kernel, height, width)
    places = (height - kernel.shape[0] + 1, width - kernel.shape[1] + 1)

    def misconceptions():
        run = torch.zeros_like(expected)
        for i in range(len(run)):
            r, c = divmod(i, places[1])
            start = r * width + c
            flat = kernel.flatten()[: height * width - start]
            run[i, start : start + len(flat)] = flat
        return {
            "your kernel is flipped: the task asks for cross-correlation": _oracle(
                kernel.flip(0, 1), height, width
            ),
            "the kernel's rows stand one picture line apart, not directly after each other": run,
            "the matrix is transposed: a row for each place of the map, a column for each pixel": expected.T,
            "the picture is read line by line; yours is read column by column": _column_by_column(
                expected, height, width
            ),
            "the map is read line by line too: your rows are in another order": expected.reshape(
                *places, -1
            )
            .transpose(0, 1)
            .flatten(0, 1),
            "places where the kernel hangs over the edge do not count: no padding, no going round": _wrapped(
                kernel, height, width
            ),
        }

    checks.close(_matrix(kernel, height, width), expected, call, mistakes=misconceptions)


with task.part(2, "the worked example"):
    kernel = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    answer = torch.tensor([[1.0, 2, 0, 3, 4, 0], [0, 1, 2, 0, 3, 4]])
    checks.equal(tuple(_matrix(kernel, 2, 3).shape), (2, 6), "the shape of the worked example's matrix", mistakes={
        "the matrix is transposed: a row for each place of the map, a column for each pixel": (6, 2)
    })
    checks.close(_matrix(kernel, 2, 3), answer, "the worked example")

with task.part(2, "a kernel of 3 x 3 on 4 x 5 pixels"):
    _check("a kernel (3, 3) on 4 x 5 pixels", _draw(3, 3), 4, 5)

with task.part(1, "three ways: matrix, loop and library agree in one dimension"):
    signal, kernel = _draw(9), _draw(4)
    windows = torch.stack([kernel @ signal[i : i + 4] for i in range(6)])
    checks.close(_matrix(kernel[None], 1, 9) @ signal, windows, "the matrix times a signal, beside the loop")
    checks.close(
        _matrix(kernel[None], 1, 9) @ signal,
        F.conv1d(signal[None, None], kernel[None, None])[0, 0],
        "the matrix times a signal, beside conv1d",
    )

### BEGIN HIDDEN TESTS
with task.part(4, "fresh sizes, not square"):
    for fh, fw, height, width in [(1, 3, 4, 6), (3, 1, 5, 4), (2, 3, 6, 5), (3, 2, 3, 7), (4, 4, 4, 4)]:
        _check(f"a kernel ({fh}, {fw}) on {height} x {width} pixels", _draw(fh, fw), height, width)

with task.part(2, "times a picture it is the map of the library, in double precision"):
    kernel, picture = _draw(3, 5, dtype=torch.float64), _draw(7, 8, dtype=torch.float64)
    expected = F.conv2d(picture[None, None], kernel[None, None])[0, 0]
    checks.close(
        (_matrix(kernel, 7, 8) @ picture.flatten()).reshape(5, 4),
        expected,
        "the matrix of a kernel (3, 5) times a picture of 7 x 8",
    )

with task.part(2, "a kernel that does not fit: an error"):
    _matrix(_draw(2, 2), 3, 3)
    checks.raises(ValueError, convolution_matrix, _draw(3, 3), 2, 9, mentions=("2",))
    checks.raises(ValueError, convolution_matrix, _draw(3, 8), 9, 7, mentions=("7",))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_convolve2d", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 3 · True convolution from cross-correlation (10 points)
#
# `F.conv2d` computes cross-correlation. In an echo, in a blurred photograph, in the product of two
# polynomials it is **convolution** that happens:
#
# $$\text{out}[i, j] = \sum_{u, v} \text{kernel}[u, v]\cdot\text{picture}[i - u,\; j - v]$$
#
# where the picture is 0 outside its borders, and the output holds **every** place where the two overlap at
# all ("full"): for a picture of $H \times W$ and a kernel of $F_H \times F_W$ it has $(H + F_H - 1) \times (W + F_W -
# 1)$ numbers.
#
# Write `convolve2d(picture, kernel)`. **You may use `F.conv2d`**, and are meant to: with the right kernel and
# the right padding it gives just this. Any kernel size, odd or even, square or not; the kernel may even be
# larger than the picture.
#
# **Worked example.** One bright pixel is answered by the kernel itself, as it is:
#
# $$\begin{bmatrix} 1\end{bmatrix}\text{ and }\begin{bmatrix} 1 & 2\\ 3 & 4\end{bmatrix}\text{ give }\begin{bmatrix} 1 & 2\\ 3 &
# 4\end{bmatrix}; \qquad \begin{bmatrix} 1 & 10\end{bmatrix}\text{ and }\begin{bmatrix} 1 & 2 \end{bmatrix}\text{ give
# }\begin{bmatrix} 1 & 12 & 20\end{bmatrix}$$
#
# Not allowed: SciPy and NumPy's `convolve`.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_convolve2d", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Two things stand between `F.conv2d` and this: which way round the kernel lies, and how many places there are.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `kernel.flip(0, 1)` turns rows and columns round (a transpose does something else). To reach every place
# where at least one pixel of the kernel touches the picture, the padding must be one less than the kernel, on every side.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `F.conv2d(picture[None, None], kernel.flip(0, 1)[None, None], padding=(kernel.shape[0] - 1, kernel.shape[1] - 1))[0, 0]`:
# explain to yourself each part of it.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "convolve2d", "locked": false, "schema_version": 3, "solution": true, "task": false}
def convolve2d(picture, kernel):
    """Full convolution: picture (H, W), kernel (FH, FW), result (H + FH - 1, W + FW - 1)."""
    ### BEGIN SOLUTION
    padding = (kernel.shape[0] - 1, kernel.shape[1] - 1)
    return F.conv2d(picture[None, None], kernel.flip(0, 1)[None, None], padding=padding)[0, 0]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_convolve2d", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F
from scipy.signal import convolve2d as _scipy_convolve

from utils import checks

task = checks.task(10)
generator = torch.Generator().manual_seed(203)


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _convolve(picture, kernel):
    trace = checks.trace(convolve2d, picture, kernel)
    checks.avoids(trace, "scipy", "*convolve*", instead="make it of F.conv2d")
    return trace.value


def _slide(picture, kernel, **settings):
    try:
        return F.conv2d(picture[None, None], kernel[None, None], **settings)[0, 0]
    except RuntimeError:  # a kernel that does not fit: nobody gave this answer
        return torch.zeros(0)


def _check(call, picture, kernel):
    fh, fw = kernel.shape
    expected = torch.from_numpy(_scipy_convolve(picture.numpy(), kernel.numpy()))
    flipped, full = kernel.flip(0, 1), {"padding": (fh - 1, fw - 1)}
    wrong = {
        "that is cross-correlation: flip the kernel first": _slide(picture, kernel, **full),
        "flip the kernel's columns too, not its rows alone": _slide(picture, kernel.flip(0), **full),
        "flip the kernel's rows too, not its columns alone": _slide(picture, kernel.flip(1), **full),
        "places where the kernel hangs over the border are missing: pad with one less than the kernel": _slide(
            picture, flipped
        ),
        "the output is as large as the picture; full means every place where the two overlap": _slide(
            picture, flipped, padding=(fh // 2, fw // 2)
        ),
        "too much padding: where the kernel does not touch the picture there is no place": _slide(
            picture, flipped, padding=(fh, fw)
        ),
    }
    if fh == fw:
        wrong["a transpose swaps rows with columns; a flip turns both round"] = _slide(picture, kernel.T, **full)
    checks.close(_convolve(picture, kernel), expected, call, mistakes=wrong)


with task.part(1, "one bright pixel is answered by the kernel itself"):
    _check("[[1]] with the kernel [[1, 2], [3, 4]]", torch.ones(1, 1), torch.tensor([[1.0, 2], [3, 4]]))

with task.part(1, "the second worked example"):
    _check("[[1, 10]] with the kernel [[1, 2]]", torch.tensor([[1.0, 10]]), torch.tensor([[1.0, 2]]))

with task.part(2, "5 x 6 pixels and a kernel of 3 x 3"):
    _check("a picture (5, 6) and a kernel (3, 3)", _draw(5, 6), _draw(3, 3))

### BEGIN HIDDEN TESTS
with task.part(4, "fresh sizes: odd, even, oblong, larger than the picture"):
    for shape, kernel in [((7, 5), (2, 2)), ((6, 6), (4, 1)), ((4, 9), (1, 5)), ((3, 4), (5, 6)), ((8, 3), (3, 2))]:
        _check(f"a picture {shape} and a kernel {kernel}", _draw(*shape), _draw(*kernel))

with task.part(2, "it commutes, and two filters in a row are one"):
    a, b, c = _draw(6, 7), _draw(3, 2), _draw(2, 4)
    swapped = "convolution commutes: picture and kernel may change places (cross-correlation does not)"
    _check("a picture (6, 7) and a kernel (3, 2)", a, b)
    checks.close(_convolve(b, a), _convolve(a, b), swapped)
    checks.close(
        _convolve(_convolve(a, b), c), _convolve(a, _convolve(b, c)), "two filters in a row are one: (a * b) * c"
    )
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_filter_data", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 4 · Sound, pictures and film, each to its layer (12 points)
#
# PyTorch wants the **channels right after the batch**, and one convolution for each number of directions in
# which the kernel slides. Data come otherwise: a waveform has no axis for its one channel, and cameras store
# the colours last.
#
# Write `filter_data(kind, data, weight)`. It brings the data into PyTorch's order, applies the right one of
# `F.conv1d`, `F.conv2d`, `F.conv3d` (stride 1, no padding, no bias), and returns the maps **in PyTorch's order**, $K$ maps
# after the batch.
#
# | `kind` | `data` | `weight` | result |
# | --- | --- | --- | --- |
# | `"waveform"` | $(B, T)$ | $(K, 1, F)$ | $(B, K, T_2)$ |
# | `"grey"` | $(B, H, W)$ | $(K, 1, F_H, F_W)$ | $(B, K, H_2, W_2)$ |
# | `"stereo"`: spectrograms of two microphones | $(B, \text{frequency}, \text{time}, 2)$ | $(K, 2, F_f, F_t)$ | $(B, K, f_2, t_2)$ |
# | `"colour"` | $(B, H, W, 3)$ | $(K, 3, F_H, F_W)$ | $(B, K, H_2, W_2)$ |
# | `"video"` | $(B, \text{frames}, H, W, 3)$ | $(K, 3, F_t, F_H, F_W)$ | $(B, K, t_2, H_2, W_2)$ |
#
# For any other `kind` raise `ValueError`; the message **holds the kind**.
#
# **Worked example.** A batch of one colour picture of one row and two columns, $[[[[1, 2, 3], [4, 5, 6]]]]$, of shape $(1,
# 1, 2, 3)$, with one filter of $1 \times 1$ that takes the green alone, $[0, 1, 0]$: the result is $[[[[2, 5]]]]$.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_filter_data", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Two groups: those that lack a channel axis, and those that have it last. The first need a new axis of length
# 1, the second need their last axis moved.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `data[:, None]` makes a new axis after the batch. `data.movedim(-1, 1)` moves the last axis there and keeps
# the order of the others. `reshape` would get the shape right too, and scramble the numbers.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `convolutions = {"waveform": F.conv1d, "grey": F.conv2d, "stereo": F.conv2d, "colour": F.conv2d, "video": F.conv3d}`; if
# `kind` is not in it, raise. Then `x = data[:, None] if kind in ("waveform", "grey") else data.movedim(-1, 1)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "filter_data", "locked": false, "schema_version": 3, "solution": true, "task": false}
def filter_data(kind, data, weight):
    """Apply filters to data as they come: one of waveform, grey, stereo, colour, video."""
    ### BEGIN SOLUTION
    convolutions = {
        "waveform": F.conv1d,
        "grey": F.conv2d,
        "stereo": F.conv2d,
        "colour": F.conv2d,
        "video": F.conv3d,
    }
    if kind not in convolutions:
        raise ValueError(f"there is no kind {kind!r}; there is: {', '.join(convolutions)}")
    x = data[:, None] if kind in ("waveform", "grey") else data.movedim(-1, 1)
    return convolutions[kind](x, weight)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_filter_data", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(12)
generator = torch.Generator().manual_seed(204)
slides = {"waveform": F.conv1d, "grey": F.conv2d, "stereo": F.conv2d, "colour": F.conv2d, "video": F.conv3d}


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _ordered(kind, data):
    return data[:, None] if kind in ("waveform", "grey") else data.movedim(-1, 1)


def _check(kind, data, weight):
    slide, x = slides[kind], _ordered(kind, data)
    expected = slide(x, weight)

    def misconceptions():
        wrong = {
            "the maps must stand right after the batch; yours stand last": expected.movedim(1, -1),
            "your kernels are flipped: PyTorch's layers do not flip": slide(x, weight.flip(*range(2, weight.ndim))),
        }
        if kind in ("stereo", "colour", "video"):
            wrong["reshape and view cut the numbers up anew; to move an axis use movedim or permute"] = slide(
                data.reshape(x.shape), weight
            )
            wrong["the order of the channels is reversed"] = slide(x.flip(1), weight)
            swapped = data.transpose(1, -1)  # the axes between come out in another order
            if all(have >= need for have, need in zip(swapped.shape[2:], weight.shape[2:])):
                wrong[
                    "swapping the last axis with the second turns the picture: the others must keep their order"
                ] = slide(swapped, weight)
            wrong["the channels are averaged; the filter adds them up"] = expected / weight.shape[1]
        if kind == "video":
            frames = data.movedim(-1, 2)
            wrong["each frame was filtered by itself: a film needs F.conv3d, whose kernel sees several frames"] = (
                torch.stack([F.conv2d(frame, weight[:, :, 0]) for frame in frames.unbind(1)], 2)
            )
        return wrong

    call = f"filter_data({kind!r}, data {tuple(data.shape)}, weight {tuple(weight.shape)})"
    checks.close(filter_data(kind, data, weight), expected, call, mistakes=misconceptions)


with task.part(1, "the worked example"):
    data = torch.tensor([[[[1.0, 2, 3], [4, 5, 6]]]])
    green = torch.tensor([0.0, 1, 0]).view(1, 3, 1, 1)
    mistakes = {"reshape and view cut the numbers up anew; to move an axis use movedim or permute": torch.tensor([[[[3.0, 4]]]])}
    checks.close(filter_data("colour", data, green), torch.tensor([[[[2.0, 5]]]]), "the worked example", mistakes=mistakes)

with task.part(1, "a waveform, a grey picture"):
    _check("waveform", _draw(2, 30), _draw(4, 1, 5))
    _check("grey", _draw(2, 6, 7), _draw(3, 1, 3, 2))

with task.part(2, "a colour picture, a film"):
    _check("colour", _draw(2, 6, 7, 3), _draw(4, 3, 3, 3))
    _check("video", _draw(2, 5, 6, 7, 3), _draw(2, 3, 2, 3, 3))

### BEGIN HIDDEN TESTS
with task.part(1, "one dimension, fresh shapes"):
    for batch, time, maps, size in [(1, 9, 1, 9), (3, 40, 5, 1), (4, 17, 2, 6)]:
        _check("waveform", _draw(batch, time), _draw(maps, 1, size))

with task.part(4, "two dimensions, fresh shapes"):
    for batch, height, width, maps, size in [(1, 5, 9, 1, (2, 4)), (3, 8, 6, 4, (3, 1))]:
        _check("grey", _draw(batch, height, width), _draw(maps, 1, *size))
        _check("colour", _draw(batch, height, width, 3), _draw(maps, 3, *size))
        _check("stereo", _draw(batch, height, width, 2), _draw(maps, 2, *size))

with task.part(2, "three dimensions, fresh shapes"):
    for batch, shape, maps, size in [(1, (6, 5, 8), 3, (3, 2, 4)), (2, (4, 9, 5), 1, (1, 3, 3))]:
        _check("video", _draw(batch, *shape, 3), _draw(maps, 3, *size))

with task.part(1, "another kind: an error that names it"):
    _check("grey", _draw(1, 4, 4), _draw(1, 1, 2, 2))
    checks.raises(ValueError, filter_data, "smell", _draw(1, 4), _draw(1, 1, 2), mentions=("smell",))
    checks.raises(ValueError, filter_data, "Grey", _draw(1, 4, 4), _draw(1, 1, 2, 2), mentions=("Grey",))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_layer_costs", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 5 · Dense, locally connected, shared (11 points)
#
# Three layers take a picture of $H \times W$ pixels with $D_1$ channels to $K$ maps of $H_2 \times W_2$
# places, $H_2 = H - F + 1$ and $W_2 = W - F + 1$:
#
# - **dense**: every number of the maps has a weight of its own for every number of the picture;
# - **local**: every number of the maps looks at its $F \times F$ window (all channels), with weights of its own;
# - **shared**: the same window, but all places of a map share one filter: a convolution.
#
# Write `layer_costs(in_channels, height, width, out_channels, kernel_size)`. It returns a dictionary with the
# entries `"dense"`, `"local"` and `"shared"`; each is a dictionary with two whole numbers (`int`), for one picture and **without
# biases**:
#
# | entry | what |
# | --- | --- |
# | `"weights"` | how many numbers are to be learned |
# | `"multiplications"` | how many products of a weight and a number of the picture are computed |
#
# **Worked example.** One channel, $5 \times 5$ pixels, one map, $F = 3$: there are 9 places. Dense: 25 · 9 =
# 225 weights, 225 multiplications. Local: 9 · 9 = 81 of each. Shared: 9 weights, and still 81 multiplications.
#
# If the kernel is larger than the picture, raise `ValueError`; the message **holds the kernel size**.
#
# Count yourself: `utils.arithmetic` and torch's own layers earn nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_layer_costs", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Three numbers are enough for all six: how many numbers a picture has, how many numbers the maps have, and how many
# numbers lie in a window.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Each number of the maps costs as many multiplications as it looks at numbers. For dense and local the
# weights are as many; for shared, all the places of one map use the same ones.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `window = kernel_size * kernel_size * in_channels`, `places = (height - kernel_size + 1) * (width - kernel_size + 1)`. Dense:
# `in_channels * height * width * places * out_channels`. Local: `window * places * out_channels`. Shared: `window * out_channels`
# weights.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "layer_costs", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layer_costs(in_channels, height, width, out_channels, kernel_size):
    """Weights and multiplications of a dense, a locally connected and a convolutional layer, for one picture."""
    ### BEGIN SOLUTION
    if kernel_size > min(height, width):
        raise ValueError(f"a kernel of {kernel_size} does not fit into {height} x {width} pixels")
    window = kernel_size * kernel_size * in_channels
    places = (height - kernel_size + 1) * (width - kernel_size + 1)
    dense = in_channels * height * width * places * out_channels
    local = window * places * out_channels
    return {
        "dense": {"weights": dense, "multiplications": dense},
        "local": {"weights": local, "multiplications": local},
        "shared": {"weights": window * out_channels, "multiplications": local},
    }
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_layer_costs", "locked": true, "points": 11, "schema_version": 3, "solution": false, "task": false}
from random import Random

import torch

from utils import checks

task = checks.task(11)


def _costs(*sizes):
    trace = checks.trace(layer_costs, *sizes)
    checks.avoids(trace, "utils.arithmetic", "torch.nn", "*convolution*", instead="count yourself")
    return trace.value


def _torch_says(d, h, w, k, f):
    """Counted in torch's own layers, which have shapes but no numbers on the device "meta"."""
    shared = torch.nn.Conv2d(d, k, f, bias=False, device="meta")
    maps = shared(torch.empty(1, d, h, w, device="meta"))
    dense = d * h * w * maps.numel()
    windows = torch.empty(1, d, h, w, device="meta").unfold(2, f, 1).unfold(3, f, 1).numel()
    return {
        "dense": {"weights": dense, "multiplications": dense},
        "local": {"weights": windows * k, "multiplications": windows * k},
        "shared": {"weights": shared.weight.numel(), "multiplications": windows * k},
    }


def _check(layer, what, *sizes):
    d, h, w, k, f = sizes
    right = _torch_says(*sizes)
    places, window = (h - f + 1) * (w - f + 1), f * f * d
    looked_at = {"dense": d * h * w, "local": window, "shared": window}[layer]
    if layer == "shared" and what == "weights":
        places = 1
    expected = right[layer][what]
    wrong = {}
    if layer == "shared":
        wrong["sharing saves weights, not multiplications: every place still multiplies its window"] = right["shared"]["weights"]
        wrong["all places share one filter: their number does not matter for the weights"] = right["local"]["weights"]
    if layer == "local":
        wrong["that is the dense layer: a local one looks at its window only"] = right["dense"]["weights"]
        wrong["here every place has a filter of its own: that is not shared"] = right["shared"]["weights"]
    wrong |= {
        "biases are not counted here": expected + (k if layer == "shared" else places * k),
        "the filter reads all input channels: the depth is missing": expected // d,
        "each of the K maps has filters of its own: K is missing": expected // k,
        "a window has F * F pixels, not F": expected // f,
        "there are N - F + 1 places along a side, not N": looked_at * k * (h * w if places > 1 else 1),
        "there are N - F + 1 places along a side, not N - F": looked_at * k * (h - f) * (w - f),
        "this looks at pictures that are square: height and width differ": looked_at * k * (h - f + 1) ** 2,
        "this is the number for one place: there are many": looked_at * k,
    }
    result = checks.item(checks.item(_costs(*sizes), layer, "what layer_costs returns"), what, f"its entry {layer!r}")
    checks.equal(result, expected, f"layer_costs{sizes}[{layer!r}][{what!r}]", mistakes=wrong)


with task.part(1, "the worked example: weights"):
    for layer in ("dense", "local", "shared"):
        _check(layer, "weights", 1, 5, 5, 1, 3)

with task.part(2, "the worked example: multiplications"):
    for layer in ("dense", "local", "shared"):
        _check(layer, "multiplications", 1, 5, 5, 1, 3)

### BEGIN HIDDEN TESTS
random = Random(205)
sizes = [
    (random.randint(2, 5), random.randint(8, 15), random.randint(16, 30), random.randint(2, 9), random.randint(2, 6))
    for _ in range(30)
]

with task.part(2, "shared, 30 fresh sizes"):
    for size in sizes:
        _check("shared", "weights", *size)
        _check("shared", "multiplications", *size)

with task.part(2, "local, 30 fresh sizes"):
    for size in sizes:
        _check("local", "weights", *size)
        _check("local", "multiplications", *size)

with task.part(2, "dense, 30 fresh sizes"):
    for size in sizes:
        _check("dense", "weights", *size)
        _check("dense", "multiplications", *size)

with task.part(1, "a photograph in colour, and a kernel as large as the picture"):
    for layer in ("dense", "local", "shared"):
        _check(layer, "weights", 3, 224, 224, 64, 3)
        _check(layer, "multiplications", 2, 7, 7, 3, 7)

with task.part(1, "a kernel that does not fit: an error"):
    _costs(1, 5, 5, 1, 3)
    checks.raises(ValueError, layer_costs, 1, 6, 20, 2, 7, mentions=("7",))
    checks.raises(ValueError, layer_costs, 1, 20, 8, 2, 9, mentions=("9",))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_equivariance_error", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 6 · A ruler for equivariance (13 points)
#
# $f(\text{shift}\ x) = \text{shift}\ f(x)$: shift first and filter then, or the other way round, it should not matter.
# Does it? Measure the difference.
#
# Write two functions in one cell.
#
# 1. `shift(picture, down, right)` moves what a picture $(H, W)$ shows, `down` pixels down and `right` pixels to the
#    right (negative: up, left). The size stays. What leaves the picture is lost, and **zeros** move in: it
#    does not come in again at the other side.
# 2. `equivariance_error(picture, kernel, down, right, stride=1, margin=0)` filters with $f$, the cross-correlation
#    with a square kernel of odd size $F$, zero padding $(F - 1)/2$ and the given stride (`F.conv2d` does it), and
#    returns a `float`: the **largest absolute difference** between $f(\text{shift}\ x)$ and the shifted $f(x)$, over all places of the map that lie
#    at least `margin` places away from every edge of the map.
#
# With stride $S$ one step in the map is $S$ pixels in the picture: a shift by `down`, `right` in the picture is a shift by
# `down // stride`, `right // stride` in the map. If the stride does not divide both, raise `ValueError`; the
# message **holds the stride**.
#
# **Worked example.** The picture $[1, 2, 3, 4]$ (one row) shifted by `right=1` is $[0, 1, 2, 3]$. With the kernel
# $\begin{bmatrix}0&0&0\\1&0&0\\0&0&0\end{bmatrix}$, which looks one pixel to the left, $f(x) = [0, 1, 2, 3]$. For `right=-1`
# the shifted picture is $[2, 3, 4, 0]$, so $f(\text{shift}\ x) = [0, 2, 3, 4]$, but the shifted $f(x)$ is $[1, 2, 3, 0]$: the largest difference
# is 4, at the edge.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_equivariance_error", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# For `shift`: what part of the old picture is still to be seen, and where does it stand in the new one? For the
# error: three lines make the two maps; the fourth compares them.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `F.pad` with negative numbers cuts off: `F.pad(picture, (right, -right, down, -down))` adds `right` columns of
# zeros at the left and cuts as many off at the right; it works for negative shifts too. `torch.roll` brings what left
# in again at the other side, so its rows or columns would have to be set to 0.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `f = lambda x: F.conv2d(x[None, None], kernel[None, None], stride=stride, padding=len(kernel) // 2)[0, 0]`; then `difference =
# (f(shift(picture, down, right)) - shift(f(picture), down // stride, right // stride)).abs()`. Cut the margin off with
# `difference[margin : difference.shape[0] - margin, margin : difference.shape[1] - margin]`; `.max().item()` makes a float.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "equivariance_error", "locked": false, "schema_version": 3, "solution": true, "task": false}
def shift(picture, down, right):
    """Move what a picture (H, W) shows; zeros move in."""
    ### BEGIN SOLUTION
    return F.pad(picture, (right, -right, down, -down))
    ### END SOLUTION


def equivariance_error(picture, kernel, down, right, stride=1, margin=0):
    """The largest difference between f(shift x) and shift f(x), at least `margin` places from the edges of the map."""
    ### BEGIN SOLUTION
    if down % stride or right % stride:
        raise ValueError(f"a shift by ({down}, {right}) pixels is no whole number of steps of stride {stride}")

    def f(x):
        return F.conv2d(x[None, None], kernel[None, None], stride=stride, padding=len(kernel) // 2)[0, 0]

    difference = (f(shift(picture, down, right)) - shift(f(picture), down // stride, right // stride)).abs()
    height, width = difference.shape
    return difference[margin : height - margin, margin : width - margin].max().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_equivariance_error", "locked": true, "points": 13, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(13)
generator = torch.Generator().manual_seed(206)


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _moved(picture, down, right):
    """By slices: another way than the reference's."""
    height, width = picture.shape
    out = torch.zeros_like(picture)
    rows, columns = range(max(down, 0), min(height + down, height)), range(max(right, 0), min(width + right, width))
    for r in rows:
        for c in columns:
            out[r, c] = picture[r - down, c - right]
    return out


def _check_shift(picture, down, right):
    wrong = {
        "what leaves the picture must not come in again at the other side: zeros move in": picture.roll((down, right), (0, 1)),
        "the picture moves the wrong way: down and right are positive": _moved(picture, -down, -right),
        "down and right are swapped": _moved(picture, right, down),
    }
    if down < 0 or right < 0:
        wrong["negative shifts move up and to the left"] = _moved(picture, abs(down), abs(right))
        wrong["negative shifts are ignored"] = _moved(picture, max(down, 0), max(right, 0))
    checks.close(
        shift(picture, down, right),
        _moved(picture, down, right),
        f"shift(a picture {tuple(picture.shape)}, {down}, {right})",
        mistakes=wrong,
    )


def _inside(difference, margin):
    height, width = difference.shape
    return difference[margin : height - margin, margin : width - margin]


def _check_error(picture, kernel, down, right, stride=1, margin=0):
    def f(x, **settings):
        settings = {"stride": stride, "padding": len(kernel) // 2} | settings
        return F.conv2d(x[None, None], kernel[None, None], **settings)[0, 0]

    first, then = f(_moved(picture, down, right)), f(picture)
    steps = (down // stride, right // stride)
    difference = first - _moved(then, *steps)
    expected = _inside(difference, margin).abs().max().item()

    def misconceptions():
        rolled = f(picture.roll((down, right), (0, 1))) - then.roll(steps, (0, 1))
        wrong = {
            "that is the mean difference; the task asks for the largest": _inside(difference, margin).abs().mean().item(),
            "differences below 0 count too: take the absolute value": _inside(difference, margin).max().item(),
            "the map has to be shifted too: you measure invariance, not equivariance": _inside(first - then, margin).abs().max().item(),
            "what leaves the picture must not come in again at the other side: zeros move in": _inside(rolled, margin).abs().max().item(),
            "the kernel is flipped: F.conv2d cross-correlates": (
                lambda g: _inside(g(_moved(picture, down, right)) - _moved(g(picture), *steps), margin).abs().max().item()
            )(lambda x: F.conv2d(x[None, None], kernel.flip(0, 1)[None, None], stride=stride, padding=len(kernel) // 2)[0, 0]),
        }
        if stride > 1:
            wrong["one step in the map is `stride` pixels: shift the map by down // stride, right // stride"] = (
                _inside(first - _moved(then, down, right), margin).abs().max().item()
            )
        if margin:
            wrong["the margin is ignored"] = difference.abs().max().item()
            wrong["the margin has to be left out at all four edges, not at the top and left only"] = (
                difference[margin:, margin:].abs().max().item()
            )
        return wrong

    call = f"picture {tuple(picture.shape)}, kernel {tuple(kernel.shape)}, down={down}, right={right}, stride={stride}, margin={margin}"
    result = equivariance_error(picture, kernel, down, right, stride=stride, margin=margin)
    checks.close(result, expected, call, mistakes=misconceptions)


with task.part(2, "shift: the worked example, and two dimensions"):
    row = torch.tensor([[1.0, 2, 3, 4]])
    _check_shift(row, 0, 1)
    _check_shift(_draw(5, 6), 2, 1)
    _check_shift(_draw(5, 6), -1, -2)

with task.part(2, "the error at the edge: the worked example"):
    left = torch.zeros(3, 3)
    left[1, 0] = 1
    _check_error(row, left, 0, -1)
    _check_error(_draw(8, 9), _draw(3, 3), 2, 1)

with task.part(1, "away from the edge there is none"):
    picture, kernel = _draw(12, 14), _draw(3, 3)
    _check_error(picture, kernel, 2, 3)
    result = equivariance_error(picture, kernel, 2, 3, margin=4)
    checks.close(result, 0.0, "the error 4 places away from the edges, for a shift by (2, 3)")

### BEGIN HIDDEN TESTS
with task.part(2, "shift, fresh pictures"):
    for shape, down, right in [((4, 7), 0, 0), ((6, 5), -3, 2), ((7, 4), 1, -3), ((3, 8), 2, 7), ((5, 5), -4, -1)]:
        _check_shift(_draw(*shape), down, right)

with task.part(3, "the error, fresh pictures, kernels and margins"):
    for shape, size, down, right, margin in [((9, 11), 5, 1, -2, 0), ((12, 8), 3, -3, 1, 1), ((15, 13), 7, 2, 2, 2), ((10, 16), 5, -1, -4, 1)]:
        _check_error(_draw(*shape), _draw(size, size), down, right, margin=margin)

with task.part(2, "with stride"):
    for shape, size, down, right, stride, margin in [((16, 18), 3, 2, 4, 2, 0), ((21, 15), 5, -3, 3, 3, 1), ((20, 24), 3, 4, -4, 4, 0)]:
        _check_error(_draw(*shape), _draw(size, size), down, right, stride=stride, margin=margin)

with task.part(1, "a shift that is no whole number of steps: an error"):
    _check_error(_draw(9, 9), _draw(3, 3), 2, 0, stride=2)
    checks.raises(ValueError, equivariance_error, _draw(9, 9), _draw(3, 3), 3, 0, stride=2, mentions=("2",))
    checks.raises(ValueError, equivariance_error, _draw(9, 9), _draw(3, 3), 6, -4, stride=3, mentions=("3",))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_normalised_correlation", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 7 · Find a pattern in any light (12 points)
#
# Lay a template on every window of a picture. Bring both to mean 0 and length 1, and add up the products:
#
# $$r = \frac{\sum (t - \bar t)(x - \bar x)}{\lVert t - \bar t\rVert\ \lVert x - \bar x \rVert}$$
#
# where $\lVert v \rVert = \sqrt{\sum v^2}$ and the bars are means, of the template and of *this* window. Whatever the
# light, $r = 1$ says: exactly this pattern.
#
# Write `normalised_correlation(picture, template)`: `picture` $(H, W)$, `template` $(F_H, F_W)$, result $(H - F_H +
# 1,\ W - F_W + 1)$, of the picture's dtype. A window without contrast ($\lVert x - \bar x \rVert < 10^{-6}$) looks like
# nothing: there $r = 0$, not NaN. If the *template* has no contrast, raise `ValueError`; the message **holds the word** `contrast`.
#
# **Worked example.** The template $[0, 1]$ on the row $[5, 7, 7, 3]$ gives $[1, 0, -1]$: from 5 to 7 it rises like the template, from
# 7 to 7 there is no contrast, from 7 to 3 it falls.
#
# `F.conv2d`, `F.unfold` and the method `unfold` of tensors are allowed.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_normalised_correlation", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Get hold of all windows at once, as a tensor with the window in its last two dimensions; then mean, length and
# products are sums over these two.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `windows = picture.unfold(0, fh, 1).unfold(1, fw, 1)` has shape $(H_2, W_2, F_H, F_W)$. `windows - windows.mean((2, 3),
# keepdim=True)` takes from each window its own mean.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# With `x` the centred windows and `t` the centred template: `length = x.square().sum((2, 3)).sqrt()`, `products = (x * t).sum((2, 3))`, and
# `torch.where(length < 1e-6, torch.zeros_like(products), products / (length.clamp(min=1e-6) * t.norm()))`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "normalised_correlation", "locked": false, "schema_version": 3, "solution": true, "task": false}
def normalised_correlation(picture, template):
    """Correlation of each window with the template, both brought to mean 0 and length 1: from -1 to 1."""
    ### BEGIN SOLUTION
    t = template - template.mean()
    if t.norm() < 1e-6:
        raise ValueError("the template has no contrast: all its values are the same, so nothing looks like it")
    windows = picture.unfold(0, template.shape[0], 1).unfold(1, template.shape[1], 1)
    x = windows - windows.mean((2, 3), keepdim=True)
    length = x.square().sum((2, 3)).sqrt()
    products = (x * t).sum((2, 3))
    return torch.where(length < 1e-6, torch.zeros_like(products), products / (length.clamp(min=1e-6) * t.norm()))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_normalised_correlation", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks
from utils.datasets import photos

task = checks.task(12)
generator = torch.Generator().manual_seed(207)


def _draw(*shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def _oracle(picture, template, centred=True, centred_template=True, norm=True, squared=False, flip=False):
    """One window after the other."""
    t = template - template.mean() if centred_template else template
    t = t.flip(0, 1) if flip else t
    fh, fw = template.shape
    out = picture.new_zeros(picture.shape[0] - fh + 1, picture.shape[1] - fw + 1)
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            x = picture[r : r + fh, c : c + fw]
            x = x - x.mean() if centred else x
            length = x.norm()
            if length < 1e-6:
                continue
            out[r, c] = (x * t).sum() / t.norm() / ((length**2 if squared else length) if norm else 1)
    return out


def _check(call, picture, template):
    def misconceptions():
        whole = F.conv2d((picture - picture.mean())[None, None], (template - template.mean())[None, None])[0, 0]
        return {
            "each window has to be brought to mean 0 too, not the template alone": _oracle(picture, template, centred=False),
            "neither the window nor the template is brought to mean 0": _oracle(picture, template, centred=False, centred_template=False),
            "each window has to be divided by its length": _oracle(picture, template, norm=False),
            "the window is divided by its length squared: the root is missing": _oracle(picture, template, squared=True),
            "the mean and length are those of the whole picture; each window has its own": whole
            / (template - template.mean()).norm()
            / (picture - picture.mean()).norm(),
            "the template has to be divided by its length": _oracle(picture, template) * (template - template.mean()).norm(),
            "the products are averaged; they must be added": _oracle(picture, template) / template.numel(),
            "your template is flipped: lay it on the window as it is": _oracle(picture, template, flip=True),
            "the sign is lost: a negative of the pattern has a negative correlation": _oracle(picture, template).abs(),
        }

    checks.close(normalised_correlation(picture, template), _oracle(picture, template), call, mistakes=misconceptions)


with task.part(2, "the worked example"):
    row, rise = torch.tensor([[5.0, 7, 7, 3]]), torch.tensor([[0.0, 1]])
    expected = torch.tensor([[1.0, 0, -1]])
    checks.close(normalised_correlation(row, rise), expected, "the worked example")

with task.part(2, "a picture of 7 x 8 and a template of 3 x 3"):
    _check("a picture (7, 8) and a template (3, 3)", _draw(7, 8), _draw(3, 3))

with task.part(1, "a template without contrast: an error"):
    _check("a picture (5, 5) and a template (2, 2)", _draw(5, 5), _draw(2, 2))
    checks.raises(ValueError, normalised_correlation, _draw(5, 5), torch.full((2, 2), 0.5), mentions=("contrast",))

### BEGIN HIDDEN TESTS
with task.part(3, "fresh sizes, not square"):
    for shape, size in [((6, 9), (2, 4)), ((9, 5), (5, 3)), ((4, 6), (1, 6)), ((5, 5), (5, 5))]:
        _check(f"a picture {shape} and a template {size}", _draw(*shape), _draw(*size) + 3)

with task.part(2, "it does not mind the light"):
    picture, template = _draw(8, 9), _draw(3, 4)
    _check("a picture (8, 9) and a template (3, 4)", picture, template)
    same = normalised_correlation(picture, template)
    brighter = normalised_correlation(0.4 * picture + 2, 3 * template - 1)
    checks.close(brighter, same, "the same picture in other light, with another exposure of the template")
    negative = normalised_correlation(1 - picture, template)
    checks.close(negative, -same, "the negative of the picture")

with task.part(1, "it finds what was cut out of a photograph"):
    photo = photos.load("china", 96).mean(0).double()
    for top, left in [(30, 40), (61, 17)]:
        found = normalised_correlation(0.5 * photo + 0.1, photo[top : top + 9, left : left + 9])
        checks.close(found[top, left], torch.tensor(1.0, dtype=torch.float64), f"the correlation at row {top}, column {left}")
        checks.equal(divmod(found.argmax().item(), found.shape[1]), (top, left), "the place of the largest correlation")

with task.part(1, "windows without contrast give 0"):
    flat = torch.full((6, 6), 0.5, dtype=torch.float64)
    flat[4:, 4:] = _draw(2, 2)
    _check("a picture that is even in most places", flat, _draw(2, 2))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_scan", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 8 · The MLP that scans (13 points)
#
# A multilayer perceptron was trained on windows of $C$ channels and $L$ columns, for example $C$ pitches of a
# spectrogram over $L$ moments. It flattens a window to $C \cdot L$ numbers, as `flatten()` does: channel 0 first, all its columns
# one after the other, then channel 1. Then come linear layers, with ReLU between them and **none after the last**.
#
# As a convolution, the same network takes recordings of **any** length. Write three functions in one cell.
#
# 1. `dense_to_conv(weight, channels)`: the weights of the first linear layer, $(K, C L)$, as the weights of a
#    `Conv1d`, $(K, C, L)$. If `channels` does not divide the columns of `weight`, raise `ValueError`; the message **holds both
#    numbers**.
# 2. `scan(recordings, layers)`: `recordings` has shape $(B, C, T)$, `layers` is a list with a pair `(weight, bias)` for
#    each linear layer. It returns $(B, \text{classes}, T - L + 1)$: for each window what the MLP would say. **No loop over the
#    windows**: the work in Python must not grow with $T$.
# 3. `detect(scores)`: `scores` has shape $(B, 2, \text{places})$; class 1 is *yes*, class 0 *no*. It returns a list with one entry a recording:
#    the place (an `int`) where *yes minus no* is largest, or `None` if it is nowhere above 0.
#
# **Worked example.** Two channels, windows of 2 columns. The row of weights $[1, 2, 3, 4]$ becomes the kernel $\begin{bmatrix}1&2\\3&
# 4\end{bmatrix}$: 1 and 2 for channel 0, 3 and 4 for channel 1. And the scores no $= [1, 0, 3]$, yes $= [0, 2, 4]$ of one recording have the
# differences $[-1, 2, 1]$, so `detect` gives `[1]`.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_scan", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# The first layer sees a window; what comes after sees only what *one* window gave. How long are the kernels of the
# later layers?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `weight.reshape(K, channels, L)` is right because `flatten` wrote channel after channel. The later layers are `Conv1d`s with
# kernels of length 1: `weight[:, :, None]`. Or put the windows in a dimension of their own with
# `recordings.unfold(2, L, 1)` and use matrix products.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `x = F.conv1d(recordings, dense_to_conv(weight, recordings.shape[1]), bias)` for the first pair, then for each other pair
# `x = F.conv1d(F.relu(x), weight[:, :, None], bias)`. In `detect`: `difference = scores[:, 1] - scores[:, 0]`, `best, place = difference.max(1)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "scan", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dense_to_conv(weight, channels):
    """The weights (K, C L) of a linear layer on flattened windows as those of a Conv1d, (K, C, L)."""
    ### BEGIN SOLUTION
    outputs, inputs = weight.shape
    if inputs % channels:
        raise ValueError(f"{inputs} columns of weights cannot be divided among {channels} channels")
    return weight.reshape(outputs, channels, inputs // channels)
    ### END SOLUTION


def scan(recordings, layers):
    """What the MLP of these (weight, bias) pairs says of each window: recordings (B, C, T), result (B, classes, T - L + 1)."""
    ### BEGIN SOLUTION
    (weight, bias), *later = layers
    x = F.conv1d(recordings, dense_to_conv(weight, recordings.shape[1]), bias)
    for weight, bias in later:
        x = F.conv1d(F.relu(x), weight[:, :, None], bias)
    return x
    ### END SOLUTION


def detect(scores):
    """For each recording the place where yes minus no is largest, or None where it is nowhere above 0."""
    ### BEGIN SOLUTION
    best, place = (scores[:, 1] - scores[:, 0]).max(1)
    return [at if value > 0 else None for value, at in zip(best.tolist(), place.tolist())]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_scan", "locked": true, "points": 13, "schema_version": 3, "solution": false, "task": false}
import functools

import torch

from utils import checks
from utils.datasets import speech

task = checks.task(13)
generator = torch.Generator().manual_seed(208)


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _mlp(windows, layers, relu_last=False, relu=True, bias=True):
    """The MLP itself, on windows (N, C, L)."""
    x = windows.flatten(1)
    for number, (weight, b) in enumerate(layers):
        x = x @ weight.T + (b if bias else 0)
        if relu and (number < len(layers) - 1 or relu_last):
            x = x.relu()
    return x


def _slid(recordings, layers, length, **changes):
    answers = [_mlp(recordings[:, :, i : i + length], layers, **changes) for i in range(recordings.shape[2] - length + 1)]
    return torch.stack(answers, 2)


def _layers(*sizes):
    return [(_draw(b, a), _draw(b)) for a, b in zip(sizes, sizes[1:])]


def _check_kernel(weight, channels):
    k, length = weight.shape[0], weight.shape[1] // channels
    expected = torch.stack([row.split(length) and torch.stack(row.split(length)) for row in weight])
    wrong = {
        "flatten writes channel after channel, so the kernel is (K, C, L); yours reads column after column": weight.reshape(
            k, length, channels
        ).transpose(1, 2),
        "the kernel is flipped: PyTorch's layers do not flip": expected.flip(2),
        "the channels come before the columns: (K, C, L)": weight.reshape(k, length, channels),
    }
    checks.close(dense_to_conv(weight, channels), expected, f"dense_to_conv(weight {tuple(weight.shape)}, {channels})", mistakes=wrong)


def _check_scan(recordings, length, *hidden):
    layers = _layers(recordings.shape[1] * length, *hidden)
    expected = _slid(recordings, layers, length)

    def misconceptions():
        (weight, bias), *later = layers
        k, c = weight.shape[0], recordings.shape[1]
        other = weight.reshape(k, length, c).transpose(1, 2).reshape(k, -1)
        return {
            "after the last layer there is no ReLU": _slid(recordings, layers, length, relu_last=True),
            "the ReLU between the layers is missing": _slid(recordings, layers, length, relu=False),
            "the biases are missing": _slid(recordings, layers, length, bias=False),
            "flatten writes channel after channel; yours reads column after column": _slid(recordings, [(other, bias), *later], length),
            "the classes come before the places: (B, classes, places)": expected.transpose(1, 2),
            "the last window is missing: there are T - L + 1": expected[:, :, :-1],
            "windows stand one column apart; yours stand one window apart": expected[:, :, ::length],
        }

    call = f"recordings {tuple(recordings.shape)}, windows of {length}, {len(layers)} layers"
    checks.close(scan(recordings, layers), expected, call, mistakes=misconceptions, atol=1e-3)


def _check_detect(call, scores):
    difference = (scores[:, 1] - scores[:, 0]).tolist()
    expected = [max(range(len(row)), key=row.__getitem__) if max(row) > 0 else None for row in difference]
    yes = scores[:, 1].tolist()
    wrong = {
        "look for the largest yes MINUS no, not for the largest yes": [
            max(range(len(row)), key=row.__getitem__) if max(d) > 0 else None for row, d in zip(yes, difference)
        ],
        "that is the first place above 0; the task asks for the largest": [
            next((i for i, value in enumerate(row) if value > 0), None) for row in difference
        ],
        "where yes minus no is nowhere above 0, the answer is None": [max(range(len(row)), key=row.__getitem__) for row in difference],
        "class 1 is yes, class 0 is no": [max(range(len(row)), key=lambda i: -row[i]) if min(row) < 0 else None for row in difference],
    }
    checks.equal(detect(scores), expected, call, mistakes=wrong)


with task.part(2, "dense to convolution: the worked example"):
    _check_kernel(torch.tensor([[1.0, 2, 3, 4]]), 2)
    _check_kernel(_draw(3, 10), 5)

with task.part(2, "scan: two recordings, two layers"):
    _check_scan(_draw(2, 3, 9), 4, 5, 2)

with task.part(1, "detect: the worked example"):
    _check_detect("no [1, 0, 3], yes [0, 2, 4]", torch.tensor([[[1.0, 0, 3], [0, 2, 4]]]))

### BEGIN HIDDEN TESTS
with task.part(1, "dense to convolution, fresh sizes, and an error"):
    for outputs, channels, length in [(4, 2, 7), (1, 6, 3), (5, 1, 4), (2, 8, 1)]:
        _check_kernel(_draw(outputs, channels * length), channels)
    checks.raises(ValueError, dense_to_conv, _draw(2, 10), 4, mentions=("10", "4"))

with task.part(3, "scan, fresh sizes, one to four layers, any length"):
    _check_scan(_draw(3, 4, 12), 5, 2)
    _check_scan(_draw(1, 2, 30), 3, 6, 4, 2)
    _check_scan(_draw(2, 5, 6), 6, 7, 2)
    _check_scan(_draw(2, 1, 15), 8, 3, 5, 4, 3)

with task.part(1, "no loop over the windows"):
    layers = _layers(3 * 4, 5, 2)
    short, long = (checks.trace(scan, _draw(2, 3, columns), layers) for columns in (10, 100))
    checks.same_work(short, long, "a recording of 100 columns instead of 10")

with task.part(2, "detect, fresh scores"):
    _check_detect("yes is largest where no is larger still", torch.tensor([[[9.0, 0, 2], [8, 1, 6]], [[1.0, 1, 1], [0, 0, 1]]]))
    for batch, places in [(4, 9), (6, 3), (3, 1)]:
        _check_detect(f"scores ({batch}, 2, {places})", _draw(batch, 2, places))


@functools.cache
def _templates():
    """A network without training: one linear layer, the mean window with the words minus the mean window without."""
    clips, labels, _ = speech.load("train", place="fixed", length=6784)
    windows = (speech.spectrogram(clips)[:, 0] / 80 + 1).flatten(1)
    yes, no = windows[labels == 1].mean(0), windows[labels == 0].mean(0)
    weight = torch.stack([no, yes])
    return [(weight, -0.5 * weight.square().sum(1))], speech.spectrogram(speech.load("test")[0][:6])[:, 0] / 80 + 1


with task.part(1, "hapa kazi tu: the mean of the words, slid along six clips"):
    layers, clips = _templates()
    scores = scan(clips, layers)
    expected = _slid(clips, layers, 54)
    checks.close(scores, expected, "the scores of six clips", rtol=1e-3, atol=1e-1)
    difference = expected[:, 1] - expected[:, 0]
    checks.equal(detect(expected), [int(d.argmax()) if d.max() > 0 else None for d in difference], "the places found")
### END HIDDEN TESTS

task.score()

# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_the_promise", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 9 · The promise on the slide (8 points, marked by hand)
#
# A slide says: *"Because of parameter sharing, a CNN is translation invariant: a filter that detects an eye can
# detect an eye everywhere."* A colleague takes it at its word. They build a network of two convolution layers (`kernel_size=5`, `stride=2`,
# `padding=2` each) and a fully connected layer, and wonder why its answer changes when the face in the picture moves by one
# pixel. In about eight sentences, explain to them:
#
# 1. which word the slide should have used, with both properties as equations;
# 2. what sharing does, and does not, guarantee;
# 3. three places in *this* network where the promise breaks;
# 4. one change that makes the answer less dependent on the place.
#
# **How it is marked.**
#
# | points | for |
# | ---: | --- |
# | 2 | equivariance, $f(\text{shift}\ x) = \text{shift}\ f(x)$ (1); invariance, $f(\text{shift}\ x) = f(x)$ (1) |
# | 2 | the same weights look everywhere, so the response moves along (1); nothing makes the later layers ignore where it is (1) |
# | 3 | one each: the strides (exact only for multiples of 4 pixels), the border with its zero padding, the fully connected layer with its own weights for each place |
# | 1 | a change that works: a maximum or mean over all places before the fully connected layer; shifted training pictures count too |

# %% [markdown] nbgrader={"grade": true, "grade_id": "the_promise", "locked": false, "points": 8, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The slide means equivariance: f(shift x) = shift f(x), the map moves along with the picture. Invariance would be f(shift x) = f(x), an
# answer that stays as it is.
#
# Sharing means that the same weights look at every place, so an eye gets the same response wherever it is, at the place where it is. That
# is all: the response has moved, and nothing forces the layers after it to give the same answer for it.
#
# In this network three things break even that. Two strides of 2 visit every fourth pixel only, so the maps move along exactly for shifts by a
# multiple of 4 pixels, and by one pixel they change. At the border the kernels see the zeros of the padding in place of the scene. And the fully connected
# layer has weights of its own for every place: for it, a response that has moved is another input.
#
# Take the mean or the maximum of each map over all places (global pooling) before the fully connected layer: then it no longer learns where the
# eye was. The strides still leave a rest; smaller ones, or training with shifted pictures, lessen it.
# ### END SOLUTION

# %% tags=["download"]
# On Colab this downloads your work, to hand it in. Elsewhere it does nothing: there the notebook is a file already.
from utils import colab

colab.download("02_convolution.ipynb")
