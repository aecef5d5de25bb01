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
# # Assignment 09 · Segmentation

# %% [markdown] tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/exercises/09_segmentation/09_segmentation.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/exercises/09_segmentation/09_segmentation.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/exercises/09_segmentation/09_segmentation.ipynb)
#
# 100 points · 8 tasks graded by tests

# %% [markdown] nbgrader={"grade": false, "grade_id": "intro", "locked": true, "schema_version": 3, "solution": false, "task": false}
# In the lecture a network coloured every pixel of a picture, and told one animal from the next. Here you write its
# parts: the layers that make maps larger, the skip, the losses, the step from centres and offsets to animals, and the
# measures that judge it. At the end your functions run a trained network.
#
# | task | you write | points |
# | --- | --- | ---: |
# | 1 | `transposed_size` and `transposed_conv2d`: a convolution's transpose | 16 |
# | 2 | `nearest` and `bilinear`: larger maps without weights | 8 |
# | 3 | `UpBlock`: one step of a U-Net's decoder, with its skip | 10 |
# | 4 | `measures`: pixel accuracy, IoU, mIoU and Dice | 14 |
# | 5 | `weighted_cross_entropy` and `dice_loss`: losses for rare classes | 12 |
# | 6 | `augment`: flip, crop and enlarge, with masks | 10 |
# | 7 | `group`: animals from centres and offsets | 10 |
# | 8 | `mask_iou` and `match`: which mask found what | 10 |
# | 9 | a written answer: a network that finds nothing, with 99 % | 10 |
# | | | **100** |
#
# **How a task works.** Read the statement, fill the cell under it in place of `raise NotImplementedError`,
# run it, then run the test cell below it. A ✔ is earned; a ✘ says what is wrong. Hidden tests with fresh
# numbers decide the rest of the points.
#
# **Stuck?** Each task has three hints, from a nudge to nearly there. They cost nothing.
#
# **The tasks are marked independently.** None needs the answer to another.
#
# **Maps** have the shape $(B, C, H, W)$: pictures, channels, rows, columns. A **label map** holds the number of a class for every
# pixel, int64, and 0 is the background.

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


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_transposed", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 1 · A convolution's transpose (16 points)
#
# A convolution with stride 2 makes maps smaller. The **transposed convolution** goes the other way. Every number of the input
# *stamps* a copy of the kernel, multiplied by that number, onto the output. Neighbouring stamps lie `stride` pixels apart, and
# where they overlap, they **add up**.
#
# | name | what | shape |
# | --- | --- | --- |
# | `x` | maps | $(B, C_{in}, H, W)$ |
# | `weight` | kernels; note the order of the channels | $(C_{in}, C_{out}, f, f)$ |
# | `bias` | added to every place of its map, once | $(C_{out})$ |
#
# The number in row $i$ and column $j$ of input channel $c$ adds `x[b, c, i, j] * weight[c, k]` to the $f \times f$ pixels of output channel $k$ that begin in
# row $i \cdot s$ and column $j \cdot s$, with stride $s$. The stamps cover $(n - 1)\,s + f$ pixels of a side of $n$. At last a `padding` of $p$ **cuts off** $p$ rows and columns at each of the four
# edges:
#
# $$n_{out} = (n - 1)\,s + f - 2p$$
#
# Write
#
# - `transposed_size(n, kernel_size, stride=1, padding=0)`, which returns $n_{out}$ as an `int`, and raises `ValueError` if it is below 1; the message **holds the number** that came out;
# - `transposed_conv2d(x, weight, bias, stride=1, padding=0)`, which returns $(B, C_{out}, H_{out}, W_{out})$.
#
# A loop over the places of `x` is fine. PyTorch's convolutions, transposed or not, earn nothing here.
#
# **Worked example.** Stride 1, padding 0, no bias to speak of:
#
# $$\begin{pmatrix} 1 & 2 \\ 3 & 0 \end{pmatrix} \text{ with the kernel } \begin{pmatrix} 1 & 10 \\ 100 & 1000 \end{pmatrix}
# \text{ gives } \begin{pmatrix} 1 & 12 & 20 \\ 103 & 1230 & 2000 \\ 300 & 3000 & 0 \end{pmatrix}$$

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_transposed", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Begin with zeros of the size before padding, and go through the places $(i, j)$ of `x`. Each one adds to a square of the output. Cut off the padding at the very end.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# For all pictures and channels at once: the numbers at one place are `x[:, :, i, j]`, of shape $(B, C_{in})$. The stamp for all pictures is their product with `weight`, summed over the input
# channels: $(B, C_{out}, f, f)$. That is `torch.einsum("bc,ckuv->bkuv", ...)`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `out[:, :, i*s : i*s + f, j*s : j*s + f] += torch.einsum("bc,ckuv->bkuv", x[:, :, i, j], weight)` for every place. Then `out[:, :, p : height - p, p : width - p]` with the full height and width, plus
# `bias[:, None, None]`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "transposed", "locked": false, "schema_version": 3, "solution": true, "task": false}
def transposed_size(n, kernel_size, stride=1, padding=0):
    """Pixels that a side of n pixels has after a transposed convolution."""
    ### BEGIN SOLUTION
    size = (n - 1) * stride + kernel_size - 2 * padding
    if size < 1:
        raise ValueError(f"nothing is left: the result would have {size} pixels")
    return size
    ### END SOLUTION


def transposed_conv2d(x, weight, bias, stride=1, padding=0):
    """Maps (B, C_in, H, W) as stamps of the kernels (C_in, C_out, f, f): (B, C_out, H_out, W_out)."""
    ### BEGIN SOLUTION
    f = weight.shape[2]
    height, width = ((n - 1) * stride + f for n in x.shape[2:])
    out = torch.zeros(len(x), weight.shape[1], height, width)
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            top, left = i * stride, j * stride
            stamp = torch.einsum("bc,ckuv->bkuv", x[:, :, i, j], weight)
            out[:, :, top : top + f, left : left + f] += stamp
    return out[:, :, padding : height - padding, padding : width - padding] + bias[:, None, None]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_transposed", "locked": true, "points": 16, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(16)


def _check_size(n, f, s, p):
    right = (n - 1) * s + f - 2 * p
    wrong = {
        "that is the size after a convolution; the transposed one goes the other way": (n - f + 2 * p) // s + 1,
        "the padding is cut off at both ends of a side: 2p": right + p,
        "the padding makes the result smaller, not larger": right + 4 * p,
        "the padding is not taken off": right + 2 * p,
        "between n stamps there are n - 1 steps": right + s,
        "the last stamp covers f pixels, not one": right - f + 1,
        "the last stamp covers f pixels": right - f,
        "the stride is ignored": n - 1 + f - 2 * p,
        "that is the stride times the size": n * s,
    }
    what = f"transposed_size({n}, {f}, {s}, {p})"
    checks.equal(transposed_size(n, f, s, p), right, what, mistakes={name: v for name, v in wrong.items() if v != right})


def _stamped(x, weight, bias, s, p, *, overwrite=False, bias_each=False, with_bias=True, cut=True, before=False):
    """The rule, and what students change in it."""
    f = weight.shape[2]
    height, width = ((n - 1) * s + f for n in x.shape[2:])
    large = x.new_zeros(x.shape[0], weight.shape[1], height, width)
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            stamp = torch.einsum("bc,ckuv->bkuv", x[:, :, i, j], weight) + (bias[:, None, None] if bias_each else 0)
            place = (slice(None), slice(None), slice(i * s, i * s + f), slice(j * s, j * s + f))
            large[place] = stamp if overwrite else large[place] + stamp
    edge = p if cut else 0
    last = 2 * p if before else edge
    large = large[:, :, (0 if before else edge) : height - last, (0 if before else edge) : width - last]
    return large + (bias[:, None, None] if with_bias and not bias_each else 0)


def _check_stamps(x, weight, bias, s, p, what):
    trace = checks.trace(transposed_conv2d, x.clone(), weight.clone(), bias.clone(), s, p)
    checks.avoids(trace, "*conv*", instead="stamp the kernels yourself")
    right = F.conv_transpose2d(x, weight, bias, s, p)

    def mistakes():
        given = x, weight, bias, s, p
        wrong = {
            "the kernel is turned round: it is stamped as it is": _stamped(x, weight.flip(2, 3), bias, s, p),
            "rows and columns of the kernel are exchanged": _stamped(x, weight.transpose(2, 3), bias, s, p),
            "where stamps overlap they add up; yours overwrite each other": _stamped(*given, overwrite=True),
            "the bias is missing": _stamped(*given, with_bias=False),
            "the bias is added once to every pixel, not once for every stamp": _stamped(*given, bias_each=True),
            "the padding is to be cut off, at each of the four edges": _stamped(*given, cut=False),
            "the padding is cut off at the end alone: take p at each of the four edges": _stamped(*given, before=True),
        }
        if weight.shape[0] == weight.shape[1]:
            wrong["weight[c, k] leads from input channel c to output channel k: yours are exchanged"] = _stamped(
                x, weight.transpose(0, 1), bias, s, p
            )
        return {name: v for name, v in wrong.items() if v.shape != right.shape or not torch.allclose(v, right)}

    checks.close(trace.value, right, what, mistakes=mistakes, rtol=1e-3, atol=1e-4)


with task.part(2, "sizes"):
    for setting in [(2, 2, 2, 0), (4, 3, 2, 1), (7, 4, 2, 1), (5, 3, 1, 0)]:
        _check_size(*setting)

with task.part(3, "the worked example"):
    _x, _kernel = torch.tensor([[[[1.0, 2], [3, 0]]]]), torch.tensor([[[[1.0, 10], [100, 1000]]]])
    _check_stamps(_x, _kernel, torch.zeros(1), 1, 0, "the worked example")

### BEGIN HIDDEN TESTS
_random = torch.Generator().manual_seed(901)


def _maps(b, c, k, height, width, f):
    shapes = (b, c, height, width), (c, k, f, f), (k,)
    return [torch.randn(shape, generator=_random) for shape in shapes]


with task.part(2, "fresh sizes, and nothing left: an error"):
    for setting in [(3, 5, 4, 2), (11, 4, 3, 0), (1, 7, 3, 2), (6, 2, 2, 0), (9, 3, 2, 1)]:
        _check_size(*setting)
    checks.raises(ValueError, transposed_size, 2, 3, 1, 3, mentions=("-2",))
    checks.raises(ValueError, transposed_size, 1, 2, 1, 1, mentions=("0",))

with task.part(3, "fresh maps, without padding"):
    _check_stamps(*_maps(2, 3, 2, 3, 4, 3), 2, 0, "3 channels to 2, stride 2")
    _check_stamps(*_maps(1, 2, 4, 4, 3, 2), 2, 0, "2 channels to 4, kernel 2, stride 2")
    _check_stamps(*_maps(2, 3, 3, 3, 5, 3), 1, 0, "3 channels to 3, stride 1")

with task.part(3, "padding"):
    _check_stamps(*_maps(2, 2, 3, 4, 3, 3), 2, 1, "stride 2, padding 1")
    _check_stamps(*_maps(1, 3, 2, 3, 3, 4), 2, 1, "kernel 4, stride 2, padding 1")
    _check_stamps(*_maps(1, 1, 2, 4, 5, 5), 3, 2, "kernel 5, stride 3, padding 2")

with task.part(1, "a stride larger than the kernel"):
    _check_stamps(*_maps(1, 2, 2, 3, 3, 2), 3, 0, "kernel 2, stride 3")

with task.part(2, "gradients of maps and weights"):
    given = _maps(2, 2, 3, 3, 4, 3)
    value, gradients = checks.gradient(transposed_conv2d, *given, 2, 1, wrt=(0, 1, 2), upstream=None)
    leaves = [tensor.clone().requires_grad_() for tensor in given]
    expected = torch.autograd.grad(F.conv_transpose2d(*leaves, 2, 1).sum(), leaves)
    for name, got, right in zip(("x", "weight", "bias"), gradients, expected):
        checks.close(got, right, f"the gradient of {name}", rtol=1e-3, atol=1e-4)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_upsample", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 2 · Larger maps without weights (8 points)
#
# Maps $(B, C, H, W)$ are to become $(B, C, kH, kW)$ for a whole factor $k$. Write
#
# - `nearest(x, factor)`: every number becomes a square of $k \times k$ equal numbers;
# - `bilinear(x, factor)`: numbers in between are interpolated, first along one side, then along the other.
#
# For the second, think of each number as standing in the **middle** of its pixel. The middle of output pixel $i$ lies at
#
# $$u = \frac{i + \tfrac12}{k} - \tfrac12$$
#
# of the input, where input pixel 0 has its middle at 0, pixel 1 at 1, and so on. With $l = \lfloor u \rfloor$ and $t = u - l$ the value is $(1 - t)\,x_l + t\,x_{l+1}$. Outside, where $u$ lies before the first middle or behind the last,
# it is the first or the last number.
#
# **Worked example.** A row 0, 4 with factor 2 becomes 0, 0, 4, 4 by `nearest`, and 0, 1, 3, 4 by `bilinear`.
#
# `F.interpolate`, `nn.Upsample` and `F.grid_sample` earn nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_upsample", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# `nearest` repeats each row and each column. For `bilinear` write a helper that treats the last side only, and use it twice, with the two sides exchanged in between.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `torch.repeat_interleave` repeats 0, 4 to 0, 0, 4, 4; `repeat` would give 0, 4, 0, 4. For `bilinear`: `u = ((torch.arange(factor * n) + 0.5) / factor - 0.5).clamp(0, n - 1)` has all
# the places at once, and the clamp does the edges.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `low = u.floor().long()`, `high = (low + 1).clamp(max=n - 1)`, `t = u - low`, and `x[..., low] * (1 - t) + x[..., high] * t` for the last side. `x.transpose(2, 3)` exchanges the sides.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "upsample", "locked": false, "schema_version": 3, "solution": true, "task": false}
def nearest(x, factor):
    """Maps (B, C, H, W), every number repeated factor times along both sides."""
    ### BEGIN SOLUTION
    return x.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
    ### END SOLUTION


def bilinear(x, factor):
    """Maps (B, C, H, W) interpolated to (B, C, factor * H, factor * W)."""
    ### BEGIN SOLUTION
    def along_last(x):
        n = x.shape[-1]
        u = ((torch.arange(factor * n) + 0.5) / factor - 0.5).clamp(0, n - 1)
        low = u.floor().long()
        high, t = (low + 1).clamp(max=n - 1), u - low
        return x[..., low] * (1 - t) + x[..., high] * t

    return along_last(along_last(x).transpose(2, 3)).transpose(2, 3)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_upsample", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(8)


def _grown(function, x, factor):
    trace = checks.trace(function, x.clone(), factor)
    checks.avoids(trace, "*upsample*", "*interpolate*", "*grid_sampl*", "*Upsample*", instead="work the new numbers out yourself")
    return trace.value


def _check_nearest(x, factor):
    right = F.interpolate(x, scale_factor=factor)

    def mistakes():
        return {
            "that lays copies of the map side by side: repeat every number where it stands": x.repeat(1, 1, factor, factor),
            "only the columns grow": x.repeat_interleave(factor, 3),
            "only the rows grow": x.repeat_interleave(factor, 2),
            "that fills in zeros: every number becomes a square of equal numbers": right
            * ((torch.arange(right.shape[2])[:, None] % factor == 0) & (torch.arange(right.shape[3]) % factor == 0)),
            "that is interpolated: every number becomes a square of equal numbers": F.interpolate(x, scale_factor=factor, mode="bilinear"),
        }

    checks.close(_grown(nearest, x, factor), right, f"nearest of maps {tuple(x.shape)}, factor {factor}", mistakes=mistakes)


def _from_places(x, places, *, exchanged=False):
    """Bilinear along both sides, with places(n) for the middles of the output pixels."""
    for _ in range(2):
        n = x.shape[-1]
        u = places(n).clamp(0, n - 1)
        low = u.floor().long()
        t = 1 - (u - low) if exchanged else u - low
        x = (x[..., low] * (1 - t) + x[..., (low + 1).clamp(max=n - 1)] * t).transpose(2, 3)
    return x


def _check_bilinear(x, factor):
    right = F.interpolate(x, scale_factor=factor, mode="bilinear")

    def mistakes():
        corners = F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=True)
        beyond = F.pad(x, (1, 1, 1, 1))
        dark = F.interpolate(beyond, scale_factor=factor, mode="bilinear")[:, :, factor:-factor, factor:-factor]
        back = _from_places(x, lambda n: (torch.arange(factor * n) + 0.5) / factor - 0.5, exchanged=True)
        return {
            "numbers stand in the middle of their pixels: the outer edges must meet, not the first and the last middles": corners,
            "numbers stand in the middle of their pixels: add half a pixel before, take it off after": _from_places(
                x, lambda n: torch.arange(factor * n) / factor
            ),
            "half a pixel is to be taken off after the division": _from_places(x, lambda n: (torch.arange(factor * n) + 0.5) / factor),
            "at the edges it is the first or the last number, not a mixture with 0": dark,
            "the nearer number counts more: t and 1 - t are exchanged": back,
            "that is the nearest number": F.interpolate(x, scale_factor=factor),
            "only the columns grow": F.interpolate(x, scale_factor=(1, factor), mode="bilinear"),
            "only the rows grow": F.interpolate(x, scale_factor=(factor, 1), mode="bilinear"),
        }

    what = f"bilinear of maps {tuple(x.shape)}, factor {factor}"
    checks.close(_grown(bilinear, x, factor), right, what, mistakes=mistakes)


_row = torch.tensor([[[[0.0, 4.0]]]])

with task.part(2, "the worked example"):
    _check_nearest(_row, 2)
    _check_bilinear(_row, 2)

### BEGIN HIDDEN TESTS
_random = torch.Generator().manual_seed(902)

with task.part(2, "fresh maps, nearest"):
    for shape, factor in [((2, 3, 4, 5), 2), ((1, 2, 3, 7), 3), ((1, 1, 5, 2), 4)]:
        _check_nearest(torch.randn(shape, generator=_random), factor)

with task.part(4, "fresh maps, bilinear"):
    for shape, factor in [((2, 3, 4, 5), 2), ((1, 2, 3, 7), 3), ((1, 1, 5, 2), 4), ((1, 2, 1, 3), 2)]:
        _check_bilinear(torch.randn(shape, generator=_random), factor)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_up_block", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 3 · One step of a U-Net's decoder (10 points)
#
# Write the class `UpBlock(nn.Module)` with `__init__(self, in_channels, skip_channels, out_channels, use_skip=True)` and `forward(self, x, skip)`.
#
# | name | layer |
# | --- | --- |
# | `up` | `nn.ConvTranspose2d` from `in_channels` to `out_channels`, kernel 2, stride 2 |
# | `conv` | `nn.Conv2d` of 3x3, padding 1, to `out_channels`; from `out_channels + skip_channels`, or without the skip from `out_channels` alone |
#
# `forward` takes the coarse maps `x` $(B, \text{in}\_\text{channels}, h, w)$ and the encoder's maps `skip` $(B, \text{skip}\_\text{channels}, H, W)$:
#
# 1. `up` makes `x` as high and as wide as `skip`;
# 2. with `use_skip` the two are laid behind each other along the channels: **first** what was up-sampled, **then** the skip. Without, the skip's numbers are not used at all, only its size;
# 3. `conv`, then ReLU.
#
# The result has the shape $(B, \text{out}\_\text{channels}, H, W)$. Halving 7 pixels gives 3, and doubling those gives 6. So $H$ is $2h$ **or** $2h + 1$, and $W$ likewise. `up(x, output_size=...)`
# takes the size $(H, W)$ that you want.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_up_block", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Both layers are made in `__init__`, and `use_skip` is kept there for `forward`. How many channels does `conv` get to read?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `skip.shape[2:]` is the size that `up` should reach. `torch.cat([first, second], 1)` joins along the channels.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `x = self.up(x, output_size=skip.shape[2:])`, `if self.use_skip: x = torch.cat([x, skip], 1)`, `return F.relu(self.conv(x))`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "up_block", "locked": false, "schema_version": 3, "solution": true, "task": false}
class UpBlock(nn.Module):
    """Coarse maps doubled, the encoder's maps behind them, a 3x3 convolution and ReLU."""

    def __init__(self, in_channels, skip_channels, out_channels, use_skip=True):
        ### BEGIN SOLUTION
        super().__init__()
        self.use_skip = use_skip
        self.up = nn.ConvTranspose2d(in_channels, out_channels, 2, 2)
        self.conv = nn.Conv2d(out_channels + use_skip * skip_channels, out_channels, 3, padding=1)
        ### END SOLUTION

    def forward(self, x, skip):
        ### BEGIN SOLUTION
        x = self.up(x, output_size=skip.shape[2:])
        if self.use_skip:
            x = torch.cat([x, skip], 1)
        return F.relu(self.conv(x))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_up_block", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(10)
_random = torch.Generator().manual_seed(903)


def _normal(*shape):
    return torch.randn(shape, generator=_random)


def _up_block(*arguments):
    """The student's block, and the weights, drawn here, that it was given."""
    in_channels, skip_channels, out_channels, use_skip = arguments
    read = out_channels + skip_channels if use_skip else out_channels
    weights = {
        "up.weight": _normal(in_channels, out_channels, 2, 2),
        "up.bias": _normal(out_channels),
        "conv.weight": _normal(out_channels, read, 3, 3) / 3,
        "conv.bias": _normal(out_channels),
    }
    trace = checks.trace(UpBlock, *arguments)
    checks.avoids(trace, "utils.models", instead="build the block yourself")
    block = UpBlock(*arguments)
    got = {name: tuple(tensor.shape) for name, tensor in block.state_dict().items()}
    what = f"the parameters of UpBlock{arguments} and their shapes"
    readers = {
        "conv reads what was up-sampled and the skip: out_channels + skip_channels": in_channels + skip_channels,
        "conv reads the skip, too": out_channels,
        "without the skip conv reads out_channels alone": out_channels + skip_channels,
    }
    shapes = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    wrong = {name: shapes | {"conv.weight": (out_channels, n, 3, 3)} for name, n in readers.items() if n != read}
    checks.equal(got, shapes, what, mistakes=wrong)
    block.load_state_dict(weights)
    return block, weights


def _through(weights, x, skip, use_skip, *, order=(0, 1), last=True, early=False, zeros=False, pad=False):
    size = [n - 2 * m for n, m in zip(skip.shape[2:], x.shape[2:])]
    if pad:
        out = F.pad(F.conv_transpose2d(x, weights["up.weight"], weights["up.bias"], 2), (0, size[1], 0, size[0]))
    else:
        out = F.conv_transpose2d(x, weights["up.weight"], weights["up.bias"], 2, output_padding=size)
    out = F.relu(out) if early else out
    if use_skip:
        parts = (out, 0 * skip if zeros else skip)
        out = torch.cat([parts[k] for k in order], 1)
    out = F.conv2d(out, weights["conv.weight"], weights["conv.bias"], padding=1)
    return F.relu(out) if last else out


def _check_up_block(arguments, x, skip):
    block, weights = _up_block(*arguments)
    use_skip = arguments[3]
    right = _through(weights, x, skip, use_skip)

    def mistakes():
        wrong = {
            "first what was up-sampled, then the skip: yours are the other way round": _through(weights, x, skip, use_skip, order=(1, 0)),
            "the ReLU at the end is missing": _through(weights, x, skip, use_skip, last=False),
            "there is no ReLU before conv": _through(weights, x, skip, use_skip, early=True),
            "the skip's numbers do not reach the result": _through(weights, x, skip, use_skip, zeros=True),
            "where the size is odd, up itself reaches it by output_size: do not pad with zeros": _through(weights, x, skip, use_skip, pad=True),
        }
        return {name: value for name, value in wrong.items() if not torch.allclose(value, right)}

    what = f"UpBlock{arguments} on maps {tuple(x.shape)} with a skip {tuple(skip.shape)}"
    checks.close(block(x.clone(), skip.clone()), right, what, mistakes=mistakes, rtol=1e-3, atol=1e-4)


with task.part(2, "layers, their names and shapes"):
    _up_block(4, 3, 2, True)
    _up_block(4, 3, 2, False)

with task.part(3, "values with the skip"):
    _check_up_block((4, 3, 3, True), _normal(2, 4, 3, 4), _normal(2, 3, 6, 8))

### BEGIN HIDDEN TESTS
with task.part(2, "sizes that are odd"):
    for height, width in [(7, 8), (6, 9), (7, 9)]:
        _check_up_block((3, 2, 4, True), _normal(1, 3, 3, 4), _normal(1, 2, height, width))

with task.part(2, "without the skip"):
    _check_up_block((4, 3, 2, False), _normal(2, 4, 3, 4), _normal(2, 3, 6, 8))
    _check_up_block((2, 5, 3, False), _normal(1, 2, 2, 3), _normal(1, 5, 5, 7))

with task.part(1, "the gradient reaches the coarse maps and the skip"):
    block, weights = _up_block(3, 2, 4, True)
    given = _normal(1, 3, 3, 3), _normal(1, 2, 6, 6)
    value, gradients = checks.gradient(block, *given, wrt=(0, 1))
    leaves = [tensor.clone().requires_grad_() for tensor in given]
    expected = torch.autograd.grad(_through(weights, *leaves, True).sum(), leaves)
    for name, got, right in zip(("x", "skip"), gradients, expected):
        checks.close(got, right, f"the gradient of {name}", rtol=1e-3, atol=1e-4)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_measures", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 4 · Four measures (14 points)
#
# `predicted` and `true` are label maps $(B, H, W)$ of $C$ = `classes` classes. Take **all pixels of all pictures together**, and call for class $c$
#
# - $I_c$ the number of pixels that are $c$ in both maps,
# - $P_c$ the number that are $c$ in `predicted`, and $T_c$ in `true`.
#
# $$\mathrm{IoU}_c = \frac{I_c}{P_c + T_c - I_c} \qquad \mathrm{Dice}_c = \frac{2\,I_c}{P_c + T_c} \qquad \text{pixel accuracy} = \frac{\sum_c I_c}{\text{pixels}}$$
#
# Write `measures(predicted, true, classes)`, which returns a dictionary with
#
# - `"accuracy"`: a `float`;
# - `"iou"` and `"dice"`: lists of `classes` entries, each a `float`, or **`None`** for a class that occurs in neither map: 0/0 is no number;
# - `"miou"`: a `float`, the mean of the IoUs that are not `None`.
#
# If the maps do not have the same shape, raise `ValueError`; the message **holds both shapes**.
#
# **Worked example.** True: 0, 0, 0, 0, 0, 1, 1, 3. Predicted: 0, 0, 0, 0, 1, 1, 0, 0. With 4 classes: accuracy 5/8; IoU 4/7, 1/3, None, 0; mIoU 19/63; Dice 8/11, 1/2, None, 0.
#
# Write it yourself: `utils.metrics` and scikit-learn earn nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_measures", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Three counts for each class are enough: $I_c$, $P_c$ and $T_c$. A loop over the classes is fine.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `(predicted == c) & (true == c)` is a map of booleans; its `.sum().item()` counts. Where $P_c + T_c = 0$, put `None`. The mean runs over the entries that are numbers: divide by *their* number, not by `classes`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# In the loop: `p, t = predicted == c, true == c`, `both, total = (p & t).sum().item(), (p.sum() + t.sum()).item()`, `iou.append(both / (total - both) if total else None)`. Then
# `known = [v for v in iou if v is not None]` and `sum(known) / len(known)`. The accuracy is `(predicted == true).float().mean().item()`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "measures", "locked": false, "schema_version": 3, "solution": true, "task": false}
def measures(predicted, true, classes):
    """Pixel accuracy, IoU and Dice of each class, and mIoU of label maps (B, H, W)."""
    ### BEGIN SOLUTION
    if predicted.shape != true.shape:
        raise ValueError(f"the maps have shapes {tuple(predicted.shape)} and {tuple(true.shape)}")
    iou, dice = [], []
    for c in range(classes):
        p, t = predicted == c, true == c
        both, total = (p & t).sum().item(), (p.sum() + t.sum()).item()
        iou.append(both / (total - both) if total else None)
        dice.append(2 * both / total if total else None)
    known = [value for value in iou if value is not None]
    accuracy = (predicted == true).double().mean().item()
    return {"accuracy": accuracy, "iou": iou, "dice": dice, "miou": sum(known) / len(known)}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_measures", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(14)


def _measured(predicted, true, classes):
    trace = checks.trace(measures, predicted.clone(), true.clone(), classes)
    checks.avoids(trace, "utils.metrics", "sklearn", "torchmetrics", instead="count the pixels yourself")
    return trace.value


def _counted(predicted, true, classes):
    """I, P and T of each class, from the table of pairs."""
    table = torch.bincount(true.flatten() * classes + predicted.flatten(), minlength=classes**2).view(classes, classes)
    return table.diag().tolist(), table.sum(0).tolist(), table.sum(1).tolist()


def _ratios(tops, bottoms, empty=None):
    return [top / bottom if bottom else empty for top, bottom in zip(tops, bottoms)]


def _mean(values):
    known = [value for value in values if value is not None]
    return sum(known) / len(known)


def _check_measures(predicted, true, classes, what, keys=("accuracy", "iou", "dice", "miou")):
    got = _measured(predicted, true, classes)
    i, p, t = _counted(predicted, true, classes)
    pixels = sum(t)
    union = [a + b - c for a, b, c in zip(p, t, i)]
    both = [a + b for a, b in zip(p, t)]
    iou, dice = _ratios(i, union), _ratios([2 * n for n in i], both)
    each = [_ratios(*(lambda i, p, t: (i, [a + b - c for a, b, c in zip(p, t, i)]))(*_counted(x[None], y[None], classes))) for x, y in zip(predicted, true)]
    seen = [[picture[c] for picture in each if picture[c] is not None] for c in range(classes)]
    per_picture = [sum(values) / len(values) if values else None for values in seen]
    per_picture_mean = sum(_mean(picture) for picture in each) / len(each)
    right = {"accuracy": sum(i) / pixels, "iou": iou, "dice": dice, "miou": _mean(iou)}
    foreground = [a for a, b in zip(iou[1:], union[1:]) if b]
    wrong = {
        "accuracy": {
            "that is the mean over the classes: the accuracy is a part of all pixels": _mean(_ratios(i, t)),
            "that is the error, not the accuracy": 1 - right["accuracy"],
            "that leaves the background out: the accuracy is a part of all pixels": sum(i[1:]) / max(sum(t[1:]), 1),
        },
        "iou": {
            "that is the part of the true pixels that was found (recall): divide by the union": _ratios(i, t),
            "that is the part of the predicted pixels that is right (precision): divide by the union": _ratios(i, p),
            "what both maps have is counted twice: take it off the sum": _ratios(i, both),
            "that is Dice: IoU divides by the union": dice,
            "a class that occurs in neither map has None: 0/0 is no number": _ratios(i, union, 0.0),
            "a class that occurs in neither map has None, not 1": _ratios(i, union, 1.0),
            "that is the mean over the pictures: take all pixels of all pictures together": per_picture,
            "the background is a class, too": iou[1:],
        },
        "dice": {
            "that is IoU: Dice is twice the shared pixels by the sum": iou,
            "the 2 is missing: twice the shared pixels": _ratios(i, both),
            "that is twice the shared pixels by the union: divide by the sum": _ratios([2 * n for n in i], union),
            "a class that occurs in neither map has None: 0/0 is no number": _ratios([2 * n for n in i], both, 0.0),
            "a class that occurs in neither map has None, not 1": _ratios([2 * n for n in i], both, 1.0),
        },
        "miou": {
            "a class that occurs in neither map is left out of the mean; yours counts as 0": sum(v or 0.0 for v in iou) / classes,
            "a class that occurs in neither map is left out of the mean; yours counts as 1": sum(1.0 if v is None else v for v in iou) / classes,
            "a class that was never found has an IoU of 0, and counts": _mean([v or None for v in iou]) if any(iou) else None,
            "the background is a class, too": sum(foreground) / len(foreground) if foreground else None,
            "that is all shared pixels by all unions: take the mean of the classes' IoUs": sum(i) / sum(union),
            "that is the mean over the pictures: take all pixels of all pictures together": per_picture_mean,
            "that is the mean of Dice": _mean(dice),
        },
    }
    for key in keys:
        mistakes = {name: value for name, value in wrong[key].items() if value is not None and value != right[key]}
        checks.close(checks.item(got, key, what), right[key], f"{key!r} of {what}", mistakes=mistakes, rtol=1e-5, atol=1e-6)


_true = torch.tensor([[[0, 0, 0, 0], [0, 1, 1, 3]]])
_said = torch.tensor([[[0, 0, 0, 0], [1, 1, 0, 0]]])

with task.part(1, "the worked example: accuracy"):
    _check_measures(_said, _true, 4, "the worked example", ("accuracy",))

with task.part(2, "the worked example: iou"):
    _check_measures(_said, _true, 4, "the worked example", ("iou",))

with task.part(1, "the worked example: dice"):
    _check_measures(_said, _true, 4, "the worked example", ("dice",))

with task.part(1, "the worked example: miou"):
    _check_measures(_said, _true, 4, "the worked example", ("miou",))

### BEGIN HIDDEN TESTS
_random = torch.Generator().manual_seed(904)


def _label_maps(b, height, width, classes, wrong=0.3):
    """True maps in which high classes are rare and cluster in some pictures, and predictions with a part of the pixels wrong."""
    rare = torch.rand(b, height, width, generator=_random) ** torch.arange(1, b + 1)[:, None, None]
    true = ((classes - 1) * rare).round().long()
    other = (classes * torch.rand(b, height, width, generator=_random)).long()
    return torch.where(torch.rand(b, height, width, generator=_random) < wrong, other, true), true


def _check_fresh(key):
    for shape, classes in [((2, 5, 7), 3), ((3, 6, 4), 5), ((1, 9, 9), 2)]:
        _check_measures(*_label_maps(*shape, classes), classes, f"fresh maps {shape} of {classes} classes", (key,))
    _check_measures(*_label_maps(2, 4, 5, 3), 6, "maps in which three of 6 classes do not occur", (key,))


with task.part(1, "fresh maps: accuracy"):
    _check_fresh("accuracy")

with task.part(3, "fresh maps: iou"):
    _check_fresh("iou")

with task.part(2, "fresh maps: dice"):
    _check_fresh("dice")

with task.part(1, "fresh maps: miou"):
    _check_fresh("miou")

with task.part(1, "everything right, and everything wrong"):
    _check_measures(_true, _true, 4, "a map and itself")
    _check_measures(torch.ones(1, 3, 3, dtype=torch.int64), torch.zeros(1, 3, 3, dtype=torch.int64), 2, "ones for zeros")

with task.part(1, "maps of two shapes: an error with both"):
    _check_measures(_said, _true, 4, "the worked example")
    checks.raises(ValueError, measures, _said, _true[:, :1], 4, mentions=("(1, 2, 4)", "(1, 1, 4)"))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_losses", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 5 · Losses for rare classes (12 points)
#
# `logits` $(B, C, H, W)$ are scores before the softmax over the $C$ classes, `labels` $(B, H, W)$ the true classes. Write two losses, each a scalar tensor through which gradients flow.
#
# `weighted_cross_entropy(logits, labels, weights)`: with $p_{i,c}$ the probability of class $c$ at pixel $i$, $y_i$ its true class and $w_c$ the weight of a class, from `weights` $(C)$,
#
# $$L = \frac{\sum_i - w_{y_i} \log p_{i, y_i}}{\sum_i w_{y_i}}$$
#
# over all pixels $i$ of all pictures: a *weighted mean*. It must stay finite for logits of any size: use `log_softmax`, not the logarithm of a softmax.
#
# `dice_loss(logits, labels)`: with $t_{i,c} = 1$ where $y_i = c$ and 0 elsewhere,
#
# $$D = 1 - \frac{1}{C} \sum_c \frac{2 \sum_i p_{i,c}\,t_{i,c} + 1}{\sum_i p_{i,c} + \sum_i t_{i,c} + 1}$$
#
# Here too $i$ runs over all pixels of all pictures, and the background counts as a class. The two ones keep a class quiet that is not there and not predicted.
#
# **Worked example.** Two pixels with the logits (0, 0) and (0, 0) and the labels 0 and 1: every $p$ is 1/2. With weights 1 and 3 the first loss is $\log 2$; the second is $1 - (2 \cdot \tfrac12 + 1)/(1 + 1 + 1) = 1/3$.
#
# `F.cross_entropy` and `F.nll_loss` earn nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_losses", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Both need the true class as zeros and ones, $t_{i,c}$: `F.one_hot` makes them, with the classes as the *last* dimension.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `F.one_hot(labels, C).movedim(-1, 1)` has the shape of the logits. `weights[labels]` is the weight of every pixel, $(B, H, W)$. Sums over all pixels of all pictures are `.sum((0, 2, 3))`, and leave $(C)$.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# First loss: `cost = -(logits.log_softmax(1) * there).sum(1)`, `w = weights[labels]`, `(w * cost).sum() / w.sum()`. Second: `p = logits.softmax(1)`, `both = (p * there).sum((0, 2, 3))`,
# `sizes = p.sum((0, 2, 3)) + there.sum((0, 2, 3))`, `1 - ((2 * both + 1) / (sizes + 1)).mean()`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses", "locked": false, "schema_version": 3, "solution": true, "task": false}
def weighted_cross_entropy(logits, labels, weights):
    """The mean of minus the log probabilities of the true classes, each pixel weighted by its class."""
    ### BEGIN SOLUTION
    there = F.one_hot(labels, logits.shape[1]).movedim(-1, 1)
    cost = -(logits.log_softmax(1) * there).sum(1)
    w = weights[labels]
    return (w * cost).sum() / w.sum()
    ### END SOLUTION


def dice_loss(logits, labels):
    """1 minus the mean over the classes of the Dice coefficient of probabilities."""
    ### BEGIN SOLUTION
    p, there = logits.softmax(1), F.one_hot(labels, logits.shape[1]).movedim(-1, 1)
    both, sizes = (p * there).sum((0, 2, 3)), (p + there).sum((0, 2, 3))
    return 1 - ((2 * both + 1) / (sizes + 1)).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_losses", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(12)


def _cost(function, *given):
    trace = checks.trace(function, *given)
    checks.avoids(trace, "*cross_entropy*", "*nll_loss*", "utils.models", instead="write the sums yourself")
    return trace.value


def _right_dice(logits, labels, *, p=None, dims=(0, 2, 3), above=1.0, below=1.0, classes=slice(None), twice=2):
    p = logits.softmax(1) if p is None else p
    there = F.one_hot(labels, logits.shape[1]).movedim(-1, 1)
    both, sizes = (p * there).sum(dims), (p + there).sum(dims)
    return 1 - ((twice * both + above) / (sizes + below))[..., classes].mean()


def _check_cross_entropy(logits, labels, weights, what):
    right = F.cross_entropy(logits, labels, weights)

    def mistakes():
        each = F.cross_entropy(logits, labels, reduction="none")
        w = weights[labels]
        said = weights[logits.argmax(1)]
        return {
            "the weights are ignored": each.mean(),
            "that divides by the number of pixels: divide by the sum of their weights": (w * each).mean(),
            "that is the sum: divide it by the sum of the weights": (w * each).sum(),
            "a pixel has the weight of its true class, not of the predicted one": (said * each).sum() / said.sum(),
            "the minus is missing": -right,
            "the weights belong to the classes of the pixels, not to the probabilities of all classes": -(
                logits.log_softmax(1) * weights.view(1, -1, 1, 1) * F.one_hot(labels, logits.shape[1]).movedim(-1, 1)
            ).mean(),
            "the logits are not probabilities: log_softmax comes first": -(w * logits.gather(1, labels[:, None])[:, 0]).sum() / w.sum(),
            "the softmax runs over the classes, dimension 1": (
                w * -logits.log_softmax(3).gather(1, labels[:, None])[:, 0]
            ).sum() / w.sum(),
        }

    checks.close(_cost(weighted_cross_entropy, logits, labels, weights), right, what, mistakes=mistakes)


def _check_dice(logits, labels, what):
    right = _right_dice(logits, labels)

    def mistakes():
        hard = F.one_hot(logits.argmax(1), logits.shape[1]).movedim(-1, 1).float()
        p = logits.softmax(1)
        there = F.one_hot(labels, logits.shape[1]).movedim(-1, 1)
        both, sizes = (p * there).sum((0, 2, 3)), (p + there).sum((0, 2, 3))
        return {
            "that is Dice itself: the loss is 1 minus it": 1 - right,
            "these are decisions, through which no gradient flows: use the probabilities": _right_dice(logits, labels, p=hard),
            "the sums run over all pixels of all pictures together, not picture by picture": _right_dice(logits, labels, dims=(2, 3)),
            "the background is a class, too": _right_dice(logits, labels, classes=slice(1, None)),
            "the ones above and below are missing": _right_dice(logits, labels, above=0.0, below=0.0),
            "the one above is missing": _right_dice(logits, labels, above=0.0),
            "twice what is shared": _right_dice(logits, labels, twice=1),
            "that is IoU: Dice divides by the sum": 1 - ((both + 1) / (sizes - both + 1)).mean(),
            "all classes are added up together: take the mean of the classes' Dice, or rare ones do not count": 1
            - (2 * both.sum() + 1) / (sizes.sum() + 1),
            "the logits are not probabilities: the softmax comes first": _right_dice(logits, labels, p=logits),
            "the classes are exclusive: a softmax, not a sigmoid": _right_dice(logits, labels, p=logits.sigmoid()),
        }

    checks.close(_cost(dice_loss, logits, labels), right, what, mistakes=mistakes)


_example = torch.zeros(1, 2, 1, 2), torch.tensor([[[0, 1]]])

with task.part(2, "the worked example, weighted cross-entropy"):
    _check_cross_entropy(*_example, torch.tensor([1.0, 3.0]), "the weighted cross-entropy of the worked example")

with task.part(2, "the worked example, Dice"):
    _check_dice(*_example, "the Dice loss of the worked example")

### BEGIN HIDDEN TESTS
_random = torch.Generator().manual_seed(905)


def _some_logits(b, c, height, width):
    """Logits, and labels in which class 0 is frequent, less so in the later pictures."""
    labels = (c * torch.rand(b, height, width, generator=_random) ** (2 + 1 / torch.arange(1, b + 1)[:, None, None])).long()
    return 2 * torch.randn(b, c, height, width, generator=_random), labels


with task.part(3, "fresh logits, weighted cross-entropy"):
    for shape in [(2, 3, 4, 5), (3, 5, 6, 3), (1, 2, 7, 7)]:
        weights = torch.rand(shape[1], generator=_random) * 4 + 0.5
        _check_cross_entropy(*_some_logits(*shape), weights, f"the weighted cross-entropy of logits {shape}")

with task.part(2, "fresh logits, Dice"):
    for shape in [(2, 3, 4, 5), (3, 5, 6, 3), (2, 2, 7, 7)]:
        _check_dice(*_some_logits(*shape), f"the Dice loss of logits {shape}")

with task.part(1, "logits in the hundreds"):
    logits, labels = _some_logits(2, 3, 4, 4)
    _check_cross_entropy(200 * logits, labels, torch.tensor([1.0, 2.0, 5.0]), "the weighted cross-entropy of logits in the hundreds")
    _check_dice(200 * logits, labels, "the Dice loss of logits in the hundreds")

with task.part(2, "gradients"):
    logits, labels = _some_logits(2, 3, 4, 5)
    weights = torch.tensor([0.5, 2.0, 3.0])
    leaf = logits.clone().requires_grad_()
    (expected,) = torch.autograd.grad(F.cross_entropy(leaf, labels, weights), leaf)
    _, (got,) = checks.gradient(weighted_cross_entropy, logits, labels, weights)
    checks.close(got, expected, "the gradient of the weighted cross-entropy", rtol=1e-3, atol=1e-6)
    (expected,) = torch.autograd.grad(_right_dice(leaf, labels), leaf)
    _, (got,) = checks.gradient(dice_loss, logits, labels)
    checks.close(got, expected, "the gradient of the Dice loss", rtol=1e-3, atol=1e-6)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_augment", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 6 · Flip, crop and enlarge, with masks (10 points)
#
# What moves the pixels must move the labels, to the pixel. But the two are not treated alike: a picture may be *interpolated*, and a map of numbers never. Halfway between animal 1 and animal 3 there is no animal 2.
#
# | name | what | shape |
# | --- | --- | --- |
# | `image` | a picture | $(3, H, W)$, float |
# | `instances` | 0 for the background, $k$ for the pixels of animal $k$, $k = 1 \dots N$ | $(H, W)$, int64 |
# | `labels` | the class of each animal; `labels[k - 1]` is that of animal $k$ | $(N)$, int64 |
#
# Write `augment(image, instances, labels, flip, top, left, side, factor)`, which does four things in this order:
#
# 1. If `flip` is true, mirror left and right.
# 2. Cut out the square of `side` × `side` pixels whose first row is `top` and first column is `left`.
# 3. Make it `factor` times as large along both sides: the picture by `F.interpolate(..., mode="bilinear")`, and the map so that every pixel becomes a square of equal numbers.
# 4. Animals that have no pixel left are **dropped**. The others keep their order and get the numbers $1, 2, \dots$ without a gap.
#
# It returns `(image, instances, labels)`; there may be no animals left. The arguments stay as they are.
#
# **Worked example.** A row of instances 1, 0, 2, 3, 3 with the labels 7, 8, 9; no flip; cut out from column 2 on: 2, 3, 3. Animal 1 is gone: the new row is 1, 2, 2, and the labels are 8, 9.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_augment", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# The first two steps are the same for the picture and the map: `.flip(-1)` and a slice of the last two dimensions. Which animals are left? `unique` tells.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `F.interpolate` wants a batch: `image[None]`, and `[0]` of the result. The map grows by `repeat_interleave`, along both sides. `kept = instances[instances > 0].unique()` has the old numbers, in order.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# Old number to new: `torch.searchsorted(kept, instances) + 1` where `instances > 0`, and 0 elsewhere. Or a loop: `new[instances == old] = number + 1` for `number, old in enumerate(kept)`. The labels are `labels[kept - 1]`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "augment", "locked": false, "schema_version": 3, "solution": true, "task": false}
def augment(image, instances, labels, flip, top, left, side, factor):
    """A picture, its map of instances and their labels: mirrored, cut out and enlarged together."""
    ### BEGIN SOLUTION
    if flip:
        image, instances = image.flip(-1), instances.flip(-1)
    window = (..., slice(top, top + side), slice(left, left + side))
    image, instances = image[window], instances[window]
    image = F.interpolate(image[None], scale_factor=factor, mode="bilinear")[0]
    instances = instances.repeat_interleave(factor, 0).repeat_interleave(factor, 1)
    kept = instances[instances > 0].unique()
    numbered = torch.zeros_like(instances)
    for number, old in enumerate(kept):
        numbered[instances == old] = number + 1
    return image, numbered, labels[kept - 1]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_augment", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(10)


def _larger(image, factor):
    return F.interpolate(image[None], scale_factor=factor, mode="bilinear")[0]


def _renumbered(instances, labels):
    kept = instances[instances > 0].unique()
    numbers = torch.zeros(len(labels) + 1, dtype=torch.int64)
    numbers[kept] = torch.arange(1, len(kept) + 1)
    return numbers[instances], labels[kept - 1]


def _cut(picture, flip, top, left, side, *, late=False):
    """Mirrored and cut out; late=True cuts first, and mirrors what is left."""
    picture = picture.flip(-1) if flip and not late else picture
    picture = picture[..., top : top + side, left : left + side]
    return picture.flip(-1) if flip and late else picture


def _check_augment(image, instances, labels, *setting, what):
    flip, top, left, side, factor = setting
    given = [tensor.clone() for tensor in (image, instances, labels)]
    trace = checks.trace(augment, *given, *setting)
    checks.avoids(trace, "torchvision", instead="move picture and map yourself")
    got = [checks.item(trace.value, k, what) for k in range(3)]
    checks.equal(given, [image, instances, labels], "the arguments after the call, which must stay as they are")
    cut = _cut(instances, *setting[:4])
    grown = cut.repeat_interleave(factor, 0).repeat_interleave(factor, 1)
    right, right_labels = _renumbered(grown, labels)

    def image_mistakes():
        small = _cut(image, *setting[:4])
        return {
            "the picture is not mirrored": _larger(_cut(image, False, top, left, side), factor),
            "the order matters: mirror first, then cut out": _larger(_cut(image, *setting[:4], late=True), factor),
            "top goes with the rows and left with the columns: yours are exchanged": _larger(_cut(image, flip, left, top, side), factor),
            "that is upside down: left and right are the last dimension": _larger(_cut(image.flip(-2), False, top, left, side), factor),
            "the picture is not enlarged": small,
            "the picture is to be interpolated bilinearly": F.interpolate(small[None], scale_factor=factor)[0],
        }

    def map_mistakes():
        def of(other):
            other = other.repeat_interleave(factor, 0).repeat_interleave(factor, 1)
            return _renumbered(other, labels)[0]

        mixed = F.interpolate(cut[None, None].float(), scale_factor=factor, mode="bilinear")[0, 0]
        return {
            "the animals are to be numbered 1, 2, ... without a gap": grown,
            "the map is not mirrored with the picture": of(_cut(instances, False, top, left, side)),
            "the order matters: mirror first, then cut out": of(_cut(instances, *setting[:4], late=True)),
            "top goes with the rows and left with the columns: yours are exchanged": of(_cut(instances, flip, left, top, side)),
            "numbers of animals were interpolated: between 1 and 3 there is no animal 2": _renumbered(mixed.long(), labels)[0],
            "numbers of animals were interpolated, then rounded: between 1 and 3 there is no animal 2": _renumbered(mixed.round().long(), labels)[0],
            "the map is not enlarged": _renumbered(cut, labels)[0],
            "the numbers begin with 1: 0 is the background": right - (right > 0).long(),
        }

    def label_mistakes():
        kept = cut[cut > 0].unique()
        shifted = labels[kept.clamp(max=len(labels) - 1)]
        return {
            "the labels of dropped animals are still there": labels,
            "animal k has the label labels[k - 1]: yours are those of the next animals": shifted,
            "drop the animals that are gone, not the last ones": labels[: len(kept)],
        }

    checks.equal(got[1], right, f"the instances {what}", mistakes=_others(map_mistakes, right))
    checks.equal(got[2], right_labels, f"the labels {what}", mistakes=_others(label_mistakes, right_labels))
    picture = _larger(_cut(image, *setting[:4]), factor)
    checks.close(got[0], picture, f"the picture {what}", mistakes=_others(image_mistakes, picture))


def _others(mistakes, right):
    """Only the mistakes that differ from what is right on these inputs."""
    return lambda: {name: v for name, v in mistakes().items() if v.shape != right.shape or not torch.equal(v, right)}


_random = torch.Generator().manual_seed(906)


def _small_herd(height=9, width=12, animals=5):
    """Rectangles of several animals, later ones on top, each with a pixel to be seen, and a label of its own."""
    while True:
        instances = torch.zeros(height, width, dtype=torch.int64)
        for k in range(1, animals + 1):
            top, left = (int(torch.randint(n - 2, (), generator=_random)) for n in (height, width))
            instances[top : top + 3, left : left + 3] = k
        if len(instances.unique()) == animals + 1:
            labels = torch.randperm(20, generator=_random)[:animals]
            return torch.rand(3, height, width, generator=_random), instances, labels


with task.part(2, "the worked example"):
    _row = torch.tensor([[1, 0, 2, 3, 3]]).repeat(3, 1)
    _check_augment(torch.arange(45.0).view(3, 3, 5), _row, torch.tensor([7, 8, 9]), False, 0, 2, 3, 1, what="of the worked example")

with task.part(1, "a flip"):
    _check_augment(torch.arange(45.0).view(3, 3, 5), _row, torch.tensor([7, 8, 9]), True, 0, 0, 3, 1, what="of the worked example, mirrored")

### BEGIN HIDDEN TESTS
with task.part(3, "fresh pictures, mirrored and cut out"):
    for flip, top, left, side in [(False, 2, 1, 5), (True, 1, 3, 6), (True, 3, 0, 4), (False, 0, 5, 7)]:
        _check_augment(*_small_herd(), flip, top, left, side, 1, what=f"with flip={flip}, top={top}, left={left}, side={side}")

with task.part(3, "enlarged"):
    for flip, top, left, side, factor in [(False, 2, 1, 5, 2), (True, 1, 4, 6, 3)]:
        _check_augment(*_small_herd(), flip, top, left, side, factor, what=f"with flip={flip}, side={side}, factor={factor}")

with task.part(1, "no animal left"):
    image, instances, labels = _small_herd()
    instances[:4, :4] = 0
    instances, labels = _renumbered(instances, labels)
    _check_augment(image, instances, labels, False, 0, 0, 4, 2, what="of a window without animals")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_group", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 7 · Animals from centres and offsets (10 points)
#
# For one picture a network has said three things of every pixel:
#
# | name | what | shape |
# | --- | --- | --- |
# | `centres` | how likely an animal has its centre here | $(H, W)$ |
# | `offsets` | an arrow from the pixel to the centre of its own animal: `offsets[0]` along $x$, to the right, `offsets[1]` along $y$, down, in pixels | $(2, H, W)$ |
# | `foreground` | whether the pixel belongs to an animal | $(H, W)$, bool |
#
# The pixel in row $r$ and column $c$ stands at $x = c$, $y = r$. Write `group(centres, offsets, foreground, least=0.3)`, which returns the map of instances $(H, W)$, int64:
#
# 1. A **peak** is a pixel whose centre value is at least `least`, and larger than those of all its eight neighbours (fewer at the edge). You may take it that no neighbours are equal.
# 2. The peaks get the numbers 1, 2, … **row by row**, from left to right.
# 3. Every pixel of the foreground follows its arrow, and gets the number of the peak that is **nearest to where the arrow ends**. The background is 0.
#
# Without a peak the map is 0 everywhere. `utils.masks` earns nothing here.
#
# **Worked example.** A row of centres 0.9, 0, 0, 0, 0.8 has the peaks 1 and 2. The pixel at $x = 1$ is nearer to the first; but with the offset 2.5 along $x$ it points to 3.5, and belongs to the second.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_group", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# `F.max_pool2d` with a window of 3, stride 1 and padding 1 gives for every pixel the largest value around it. A peak is where that is its own.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `rows, columns = peaks.nonzero(as_tuple=True)` has the peaks row by row. Where the arrows end: `torch.arange(W) + offsets[0]` and `torch.arange(H)[:, None] + offsets[1]`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# Squared distance from every peak, of shape $(n, H, W)$: `(x - columns[:, None, None]) ** 2 + (y - rows[:, None, None]) ** 2`. Then `distance.argmin(0) + 1`, times `foreground`. With $n = 0$ return zeros at once: there is no minimum.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "group", "locked": false, "schema_version": 3, "solution": true, "task": false}
def group(centres, offsets, foreground, least=0.3):
    """The map of instances (H, W) that centres (H, W) and offsets (2, H, W) say."""
    ### BEGIN SOLUTION
    highest = F.max_pool2d(centres[None, None], 3, 1, 1)[0, 0]
    rows, columns = ((centres == highest) & (centres >= least)).nonzero(as_tuple=True)
    if len(rows) == 0:
        return torch.zeros_like(foreground, dtype=torch.int64)
    height, width = centres.shape
    x, y = torch.arange(width) + offsets[0], torch.arange(height)[:, None] + offsets[1]
    distance = (x - columns[:, None, None]) ** 2 + (y - rows[:, None, None]) ** 2
    return (distance.argmin(0) + 1) * foreground
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_group", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(10)


def _grouped(centres, offsets, foreground, least=0.3, *, peaks="window", sign=1, swap=False, order="rows", keep=False):
    """The rule, and what students change in it."""
    ground = torch.full_like(centres, -1.0)
    around = F.pad(centres[None], (1, 1, 1, 1), value=-1.0)[0]
    height, width = centres.shape
    shifts = [(i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    shifts = [s for s in shifts if peaks != "cross" or 1 in s]
    for i, j in shifts if peaks != "all" else []:
        ground = torch.maximum(ground, around[i : i + height, j : j + width])
    rows, columns = ((centres > ground) & (centres >= least)).nonzero(as_tuple=True)
    if not len(rows):
        return torch.zeros(height, width, dtype=torch.int64)
    if order == "score":
        by = centres[rows, columns].argsort(descending=True)
        rows, columns = rows[by], columns[by]
    if order == "columns":
        by = (columns * height + rows).argsort()
        rows, columns = rows[by], columns[by]
    arrow = sign * (offsets.flip(0) if swap else offsets)
    x, y = torch.arange(width) + arrow[0], torch.arange(height)[:, None] + arrow[1]
    owner = torch.cdist(torch.stack([x, y], -1).reshape(-1, 2), torch.stack([columns, rows], 1).float()).argmin(1)
    return (owner.view(height, width) + 1) * (torch.ones_like(foreground) if keep else foreground)


def _check_group(centres, offsets, foreground, *least, what):
    given = centres, offsets, foreground, *least
    right = _grouped(*given)
    trace = checks.trace(group, *(x.clone() if isinstance(x, torch.Tensor) else x for x in given))
    checks.avoids(trace, "utils.masks", "utils.models", instead="find the peaks and follow the arrows yourself")

    def mistakes():
        wrong = {
            "the background is 0": _grouped(*given, keep=True),
            "the offsets are ignored: follow the arrow first": _grouped(*given, sign=0),
            "the arrow leads from the pixel to the centre: add the offset, do not take it off": _grouped(*given, sign=-1),
            "offsets[0] is along x, the columns: yours are exchanged": _grouped(*given, swap=True),
            "a peak is larger than its neighbours: not every high pixel is one": _grouped(*given, peaks="all"),
            "a pixel has eight neighbours: those across the corner count too": _grouped(*given, peaks="cross"),
            "the peaks are numbered row by row, not by their values": _grouped(*given, order="score"),
            "the peaks are numbered row by row, not column by column": _grouped(*given, order="columns"),
            "low peaks are none: at least `least`": _grouped(centres, offsets, foreground, 0.0),
            "least is 0.3 only if nothing else is given": _grouped(centres, offsets, foreground),
            "the numbers begin with 1: 0 is the background": (right - 1).clamp(min=0),
            "the numbers begin with 1: with 0 the first animal is lost": torch.where(foreground, right - 1, 0),
        }
        return {name: value for name, value in wrong.items() if not torch.equal(value, right)}

    checks.equal(trace.value, right, what, mistakes=mistakes)


_random = torch.Generator().manual_seed(907)


def _said(height, width, animals, noise=0.6):
    """What a network could say of animals of about 4 x 4 pixels: bumps of different heights, noisy arrows, a ragged foreground, two low peaks."""
    places = torch.randperm((height // 4) * (width // 4), generator=_random)[: animals + 2]
    middle = torch.stack([places % (width // 4), places // (width // 4)], 1) * 4 + torch.randint(1, 3, (animals + 2, 2), generator=_random)
    tops = torch.cat([0.5 + 0.5 * torch.rand(animals, generator=_random), 0.05 + 0.2 * torch.rand(2, generator=_random)])
    x, y = torch.arange(width), torch.arange(height)[:, None]
    square = (x - middle[:, :1, None]) ** 2 + 1.3 * (y - middle[:, 1:, None]) ** 2
    centres = (tops[:, None, None] * (-square / 4).exp()).amax(0) + 1e-4 * torch.rand(height, width, generator=_random)
    owner = square[:animals].argmin(0)
    arrows = torch.stack([middle[owner, 0] - x, middle[owner, 1] - y]).float()
    arrows = arrows + noise * torch.randn(2, height, width, generator=_random) + torch.tensor([3.0, -1.5])[:, None, None] * (torch.rand(height, width, generator=_random) < 0.2)
    return centres, arrows, torch.rand(height, width, generator=_random) < 0.7


with task.part(2, "the worked example"):
    _arrows = torch.zeros(2, 1, 5)
    _arrows[0, 0, 1] = 2.5
    _check_group(torch.tensor([[0.9, 0, 0, 0, 0.8]]), _arrows, torch.tensor([[True, True, False, True, True]]), what="group of the worked example")

with task.part(2, "two animals, one above the other"):
    _map = torch.zeros(7, 5)
    _map[1, 3], _map[1, 2], _map[2, 2], _map[5, 1], _map[5, 2], _map[4, 0] = 0.6, 0.5, 0.45, 0.9, 0.7, 0.4
    _arrows = torch.zeros(2, 7, 5)
    _arrows[0, 3], _arrows[1, 3, :2], _arrows[1, 3, 2:] = 0.5, 2.0, -2.0
    _check_group(_map, _arrows, torch.ones(7, 5, dtype=torch.bool), what="group of two animals, one above the other")

### BEGIN HIDDEN TESTS
with task.part(4, "fresh pictures"):
    for height, width, animals in [(12, 16, 4), (16, 12, 3), (20, 20, 6)]:
        _check_group(*_said(height, width, animals), what=f"group of {animals} animals in {height} x {width} pixels")

with task.part(1, "another least value"):
    for least in (0.03, 0.6):
        _check_group(*_said(16, 16, 4), least, what=f"group with least={least}")

with task.part(1, "no peak at all"):
    centres, arrows, foreground = _said(8, 12, 2)
    _check_group(centres, arrows, foreground, what="group of 2 animals")
    checks.equal(group(0.1 * centres, arrows, foreground), torch.zeros(8, 12, dtype=torch.int64), "group without a peak")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_match", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 8 · Which mask found what (10 points)
#
# Write `mask_iou(first, second)`: masks $(N, H, W)$ and $(M, H, W)$, bool, give a table $(N, M)$, float32: in row $i$ and column $j$ the number of pixels that are in both masks, divided by the number that are in one or the other. Two empty masks have 0,
# never NaN. **No loop** over masks.
#
# Write `match(found, scores, true, threshold=0.5)`: `found` $(N, H, W)$ are the masks that a network proposed for **one class** in a picture, with `scores` $(N)$; `true` $(M, H, W)$ are the animals of that class. Go through the
# proposals **from the highest score down**. Each takes, of the animals that are **still free**, the one with the highest IoU, if that is **at least** `threshold`. The result, $(N)$, int64, has for every proposal *in the order given* the
# number of its animal, or −1. You may take it that no two scores are equal. $N$ or $M$ may be 0.
#
# `utils.masks` and `utils.metrics` earn nothing here.
#
# **Worked example.** Animals of the pixels 0 to 3 and 6 to 9 of a row; proposals of 0 to 2 (score 0.6), of 0 to 3 (0.9), and of 6 to 7 (0.7). IoUs 3/4, 1 and 2/4. The second takes animal 0, the third animal 1, and nothing is left for the first: −1, 0, 1.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_match", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Lay every mask out flat, as a row of zeros and ones. What does the product of two such rows, summed, count?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `first.flatten(1).float() @ second.flatten(1).float().T` counts the shared pixels of every pair. The union is the sum of both sizes minus that. For `match`, an animal that is taken can get an IoU of −1 in the table, so that nobody chooses it again.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `union = a.sum(1)[:, None] + b.sum(1) - shared`, `shared / union.clamp(min=1)`. Then for `i in scores.argsort(descending=True).tolist()`: `best, j = table[i].max(0)`; if `best >= threshold`, `answer[i] = j` and `table[:, j] = -1`.
# With $M = 0$ there is no maximum: return −1 for all.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "match", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mask_iou(first, second):
    """Intersection over union of every pair: masks (N, H, W) and (M, H, W) give (N, M)."""
    ### BEGIN SOLUTION
    a, b = first.flatten(1).float(), second.flatten(1).float()
    shared = a @ b.T
    union = a.sum(1)[:, None] + b.sum(1) - shared
    return shared / union.clamp(min=1)
    ### END SOLUTION


def match(found, scores, true, threshold=0.5):
    """The number of the animal that each proposed mask found, or -1: (N,) int64."""
    ### BEGIN SOLUTION
    answer = torch.full((len(found),), -1)
    if len(true) == 0:
        return answer
    table = mask_iou(found, true)
    for i in scores.argsort(descending=True).tolist():
        best, j = table[i].max(0)
        if best >= threshold:
            answer[i] = j
            table[:, j] = -1
    return answer
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_match", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(10)


def _traced(function, *given):
    trace = checks.trace(function, *given)
    checks.avoids(trace, "utils.masks", "utils.metrics", "torchvision", instead="count the pixels yourself")
    return trace


def _pairs(first, second):
    """Shared pixels, and the sizes of both, of every pair."""
    both = (first[:, None] & second[None]).flatten(2).sum(2).float()
    sizes = (masks.flatten(1).sum(1).float() for masks in (first, second))
    one, two = sizes
    return both, one[:, None].expand_as(both), two[None].expand_as(both)


def _right_iou(first, second):
    both, one, two = _pairs(first, second)
    return both / (one + two - both).clamp(min=1)


def _check_mask_iou(first, second, what):
    right = _right_iou(first, second)

    def mistakes():
        both, one, two = _pairs(first, second)
        wrong = {
            "that is Dice: IoU divides by the union": 2 * both / (one + two).clamp(min=1),
            "what is shared is counted twice: take it off the sum of the sizes": both / (one + two).clamp(min=1),
            "that is the part of the first mask that is covered: divide by the union": both / one.clamp(min=1),
            "that is the part of the second mask that is covered: divide by the union": both / two.clamp(min=1),
            "that divides by the pixels of the picture: divide by the union": both / first[0].numel() if len(first) else both,
            "pixels that are in neither mask agree, too, but do not count": 1 - (one + two - 2 * both) / max(first[:1].numel(), 1),
            "rows and columns are exchanged: row i is for mask i of the first": right.T,
        }
        return {name: v for name, v in wrong.items() if v.shape != right.shape or not torch.allclose(v, right)}

    got = _traced(mask_iou, first, second).value
    if isinstance(got, torch.Tensor) and got.isnan().any():
        raise checks.CheckFailed(f"{what}: NaN, from 0/0: two empty masks have 0")
    checks.close(got, right, what, mistakes=mistakes)


def _given_away(found, scores, true, threshold=0.5, *, order=None, again=False, look_on=True, strict=False, first=False):
    """The rule, with what students change in it. look_on=False: a proposal whose best animal is taken finds nothing."""
    table, taken = _right_iou(found, true), set()
    answer = torch.full((len(found),), -1)
    for i in order if order is not None else scores.argsort(descending=True).tolist():
        free = [j for j in range(len(true)) if again or not look_on or j not in taken]
        enough = [j for j in free if (table[i, j] > threshold if strict else table[i, j] >= threshold)]
        if enough:
            j = enough[0] if first else max(enough, key=lambda j: table[i, j].item())
            if j not in taken or again:
                answer[i] = j
                taken.add(j)
    return answer


def _check_match(found, scores, true, *threshold, what):
    given = found, scores, true, *threshold
    right = _given_away(*given)

    def mistakes():
        order = scores.argsort(descending=True)
        wrong = {
            "an animal is found once: the second proposal of it finds nothing": _given_away(*given, again=True),
            "the surest proposal chooses first: go by the scores, not by the list": _given_away(*given, order=range(len(found))),
            "the surest proposal chooses first: you begin with the least sure": _given_away(*given, order=order.flip(0).tolist()),
            "the answer is in the order in which the proposals were given, not in that of the scores": right[order],
            "if its best animal is taken, a proposal may have the best of those still free": _given_away(*given, look_on=False),
            "it takes the animal with the highest IoU, not the first one that is good enough": _given_away(*given, first=True),
            "an IoU of just the threshold counts as found": _given_away(*given, strict=True),
            "the threshold is ignored": _given_away(found, scores, true, 1e-6),
            "the threshold is 0.5 only if none is given": _given_away(found, scores, true),
        }
        return {name: value for name, value in wrong.items() if not torch.equal(value, right)}

    checks.equal(_traced(match, *given).value, right, what, mistakes=mistakes)


def _spans(*ends, width=12):
    place = torch.arange(width)
    return torch.stack([(place >= a) & (place < b) for a, b in ends])[:, None]


_animals, _proposals = _spans((0, 4), (6, 10)), _spans((0, 3), (0, 4), (6, 8))

with task.part(1, "the worked example, IoU"):
    _check_mask_iou(_proposals, _animals, "mask_iou of the worked example")

with task.part(1, "the worked example, match"):
    _check_match(_proposals, torch.tensor([0.6, 0.9, 0.7]), _animals, what="match of the worked example")

with task.part(1, "three proposals of one animal"):
    _three = _spans((0, 4), (0, 3), (0, 4))
    _check_match(_three, torch.tensor([0.5, 0.9, 0.2]), _animals[:1], what="match of three proposals of one animal")

### BEGIN HIDDEN TESTS
_random = torch.Generator().manual_seed(908)


def _blobs(count, height=8, width=10):
    corner = torch.rand(count, 2, generator=_random) * torch.tensor([height / 2, width / 2])
    end = corner + 2 + torch.rand(count, 2, generator=_random) * torch.tensor([height / 2, width / 2])
    y, x = torch.arange(height)[:, None], torch.arange(width)
    inside = (y >= corner[:, 0, None, None]) & (y < end[:, 0, None, None]) & (x >= corner[:, 1, None, None]) & (x < end[:, 1, None, None])
    return inside & (torch.rand(count, height, width, generator=_random) < 0.9)


with task.part(2, "fresh masks, every pair"):
    for n, m in [(4, 6), (6, 4), (1, 5)]:
        _check_mask_iou(_blobs(n), _blobs(m), f"mask_iou of {n} and {m} masks")

with task.part(1, "empty masks, and no masks"):
    none = torch.zeros(2, 8, 10, dtype=torch.bool)
    _check_mask_iou(torch.cat([none, _blobs(2)]), torch.cat([_blobs(1), none]), "mask_iou with empty masks")
    for n, m in [(0, 3), (3, 0)]:
        checks.close(_traced(mask_iou, _blobs(n), _blobs(m)).value, torch.zeros(n, m), f"mask_iou of {n} and {m} masks")

with task.part(1, "no loop over masks"):
    small = _traced(mask_iou, _blobs(3), _blobs(4))
    _check_mask_iou(_blobs(3), _blobs(4), "mask_iou of 3 and 4 masks")
    checks.same_work(small, _traced(mask_iou, _blobs(24), _blobs(4)), "24 masks instead of 3")
    checks.same_work(small, _traced(mask_iou, _blobs(3), _blobs(32)), "32 masks instead of 4")

with task.part(2, "fresh pictures, and other thresholds"):
    for _ in range(12):
        true = _blobs(3)
        found = true[torch.randint(3, (7,), generator=_random)] & (torch.rand(7, 8, 10, generator=_random) < 0.85)
        found = found | (_blobs(7) & (torch.rand(7, 1, 1, generator=_random) < 0.4))
        scores = torch.rand(7, generator=_random)
        _check_match(found, scores, true, what="match of 7 proposals with 3 animals")
        for threshold in (0.3, 0.75):
            _check_match(found, scores, true, threshold, what=f"match with a threshold of {threshold}")

with task.part(1, "an IoU of just the threshold; no proposals, or no animals"):
    _check_match(_spans((0, 2), (6, 7)), torch.tensor([0.5, 0.6]), _animals, what="match with an IoU of 2/4 and one of 1/4")
    checks.equal(_traced(match, _animals, torch.tensor([0.5, 0.6]), _animals[:0]).value, torch.tensor([-1, -1]), "match without animals")
    checks.equal(_traced(match, _animals[:0], torch.zeros(0), _animals).value, torch.zeros(0, dtype=torch.int64), "match without proposals")
### END HIDDEN TESTS

task.score()

# %% [markdown] nbgrader={"grade": false, "grade_id": "your_segmenter", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Your segmenter
#
# Nothing is marked here. When all eight tasks are done, put this into a new cell: the course's trained network, and the animals by you.
#
# ```python
# from utils import plotting, pretrained
# from utils.datasets import savanna
#
# model = pretrained.segmenter()
# scene = savanna.scene(savanna.HERD, 5, seed=909)
# with torch.no_grad():
#     said = model(scene["image"][None] / 255)[0]                # (14, 64, 64)
# kinds, centres, offsets = said[:11], said[11].sigmoid(), said[12:]
# instances = group(centres, offsets, kinds.argmax(0) > 0)
# found = torch.stack([instances == k for k in range(1, int(instances.max()) + 1)])
# print(mask_iou(found, scene["masks"]))
# print(measures(kinds.argmax(0)[None], scene["semantic"][None].long(), 11)["miou"])
# plotting.images([scene["image"] / 255, instances / instances.max()], ["the scene", "the animals that you told apart"])
# ```

# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_nothing_found", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 9 · A network that finds nothing, with 99 % (10 points, marked by hand)
#
# A colleague trains a U-Net to mark cells in pictures from a microscope. Cells cover 1 % of the pixels. Three versions, on the same test pictures:
#
# | | pixel accuracy | IoU of the cells | cells counted, of 400 |
# | --- | ---: | ---: | ---: |
# | A: cross-entropy | 0.990 | 0.00 | 0 |
# | B: cross-entropy, cells weighted 99 times | 0.975 | 0.27 | 145 |
# | C: cross-entropy plus Dice loss | 0.996 | 0.66 | 231 |
#
# To count, he takes the connected regions of the cells' pixels. In C's pictures the cells are well covered, but neighbours that touch are one region. In B's pictures every cell has a broad rim that does not belong to it. He also
# tried C without the skips: the IoU fell to 0.38, and all outlines became round.
#
# In about eight sentences, explain to him:
#
# 1. what A has learned, and why its accuracy is so high; which of the two measures he should report;
# 2. what the weights did to B's outlines, and why the accuracy fell although B is better than A;
# 3. why C counts too few cells although its masks are good, what the network would have to say in addition, and how cells would be made of that;
# 4. what the skips carry that the rest of the network has lost, and what would be a fair measure of the count in place of the number of regions.
#
# **How it is marked.**
#
# | points | for |
# | ---: | --- |
# | 3 | A says "background" everywhere (1), which is right for 99 % of the pixels (1); IoU, or Dice, of the cells is to be reported (1) |
# | 2 | a missed cell pixel costs 99 times as much as a false one, so that in doubt it says "cell" (1); the false rim is counted by the accuracy among very many background pixels (1) |
# | 3 | semantic segmentation does not tell neighbours apart (1); centres and offsets, or boundaries, or boxes first and masks in them (1), and how pixels are put together from it (1) |
# | 2 | exact places, lost by pooling or striding (1); matching of masks at a stated IoU, with AP or precision and recall (1) |

# %% [markdown] nbgrader={"grade": true, "grade_id": "nothing_found", "locked": false, "points": 10, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# A has learned to say "background" everywhere. That is right for 99 % of the pixels, and so its accuracy is 0.99, though it has not found one
# cell. The IoU of the cells, 0, tells the truth; report that, or Dice, for each class.
#
# In B a cell's pixel that is missed costs 99 times as much as a background pixel that is called cell. In doubt the network says "cell", and it is in doubt along
# every outline: hence the rim. These false pixels are more than the cells' pixels that A missed, so that the accuracy falls below A's, while the IoU rises from 0 to 0.27.
#
# C's masks are good, but semantic segmentation only says "cell": where two cells touch, their pixels are one region, and are counted once. The network would have to tell
# instances apart, for instance by saying of every pixel how likely a centre is there, and an arrow to the centre of the pixel's own cell. The peaks of the first map are the cells, and every pixel goes to the peak to which its arrow points.
#
# Pooling makes the maps smaller, and with that the exact place of an edge is lost; the skips bring it back from the encoder's early maps. Without them the decoder can only draw round blobs.
# The number of regions may be right by accident, with some cells merged and others broken in two. Better: match found masks with true ones, each once, at an IoU of at least 1/2, and give precision and recall or the average precision.
# ### END SOLUTION

# %% tags=["download"]
# On Colab this downloads your work, to hand it in. Elsewhere it does nothing: there the notebook is a file already.
from utils import colab

colab.download("09_segmentation.ipynb")
