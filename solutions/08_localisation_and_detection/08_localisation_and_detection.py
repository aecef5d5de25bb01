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
# # Assignment 08 · Localisation and detection

# %% [markdown] tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/exercises/08_localisation_and_detection/08_localisation_and_detection.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/exercises/08_localisation_and_detection/08_localisation_and_detection.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/exercises/08_localisation_and_detection/08_localisation_and_detection.ipynb)
#
# 100 points · 7 tasks graded by tests

# %% [markdown] nbgrader={"grade": false, "grade_id": "intro", "locked": true, "schema_version": 3, "solution": false, "task": false}
# In the lecture a detector found animals. Here you write everything around its convolutions: the boxes and their
# formats, the targets that its cells learn, the clean-up after it, and the measure that judges it. At the end your
# functions run a trained detector.
#
# | task | you write | points |
# | --- | --- | ---: |
# | 1 | `to_xyxy` and `from_xyxy`: four formats of boxes | 12 |
# | 2 | `iou`: intersection over union of every pair | 16 |
# | 3 | `encode` and `decode`: what the cells of a grid say | 18 |
# | 4 | `scan`: a fully connected layer at every place | 10 |
# | 5 | `nms`: one box for each animal | 14 |
# | 6 | `match`: which prediction found what | 10 |
# | 7 | `average_precision`: one number for a detector | 10 |
# | 8 | a written answer: a detector that is nearly right | 10 |
# | | | **100** |
#
# **How a task works.** Read the statement, fill the cell under it in place of `raise NotImplementedError`,
# run it, then run the test cell below it. A ✔ is earned; a ✘ says what is wrong. Hidden tests with fresh
# numbers decide the rest of the points.
#
# **Stuck?** Each task has three hints, from a nudge to nearly there. They cost nothing.
#
# **The tasks are marked independently.** Where a task needs the overlap of boxes, use `boxes.iou` from the course's
# package, or your own `iou` if you trust it.
#
# **Boxes** are tensors of shape $(N, 4)$ and type float32. Unless something else is said, a row is $x_0, y_0, x_1, y_1$ in pixels
# from the upper left corner of the picture, $x$ to the right and $y$ down; $(x_1, y_1)$ lies just outside, so that $x_1 - x_0$ is
# the width. $N$ may be 0.

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

from utils import boxes


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_formats", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 1 · Four formats (12 points)
#
# Files and libraries write boxes down in many ways. Here are four. All but the first describe the same box as
# $x_0, y_0, x_1, y_1$ does:
#
# | format | the four numbers |
# | --- | --- |
# | `"xywh"` | left, top, width, height, in pixels (COCO) |
# | `"cxcywh"` | centre $x$, centre $y$, width, height, in pixels |
# | `"normalised"` | centre $x$, centre $y$, width, height, as parts of the **picture's** width and height (YOLO) |
# | `"inclusive"` | the first and the last pixel **inside** the box, counted from 1: $x_{first}, y_{first}, x_{last}, y_{last}$ (Pascal VOC) |
#
# **Worked example.** A picture of height 100 and width 200, and the box 10, 20, 30, 60 in xyxy. It covers the columns 10
# to 29, counted from 0. Counted from 1 these are 11 to 30, and the rows are 21 to 60.
#
# | xywh | cxcywh | normalised | inclusive |
# | --- | --- | --- | --- |
# | 10, 20, 20, 40 | 20, 40, 20, 40 | 0.1, 0.4, 0.1, 0.4 | 11, 21, 30, 60 |
#
# Write
#
# - `from_xyxy(boxes, form, height, width)`, which takes boxes $(N, 4)$ in xyxy to the format `form`, and
# - `to_xyxy(boxes, form, height, width)`, which takes them back.
#
# Both return a new tensor of shape $(N, 4)$ and leave the argument as it is. For any other `form` they raise `ValueError`; the message **holds
# the name** that was given. Compute it yourself: torchvision's conversions earn nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_formats", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Take the four columns apart, work out four new columns, and put them together. One `if` for each format. The normalised format is
# `"cxcywh"` with one more division.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `x0, y0, x1, y1 = boxes.unbind(-1)` and `torch.stack([...], -1)`. $x$ and widths are divided by the picture's width, $y$ and heights by its height.
# For `"inclusive"`: pixel number 0 is called 1, and the last pixel inside a box that ends just before $x_1$ is number $x_1 - 1$, called $x_1$.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# From xyxy: `[x0, y0, x1 - x0, y1 - y0]`; `[(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0]`; the same divided by `torch.tensor([width, height, width, height])`;
# `[x0 + 1, y0 + 1, x1, y1]`. To xyxy, for `"cxcywh"`: `[cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]`; for `"normalised"` multiply first, then do the same.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "formats", "locked": false, "schema_version": 3, "solution": true, "task": false}
def from_xyxy(boxes, form, height, width):
    """Boxes (N, 4) in x0 y0 x1 y1, in another format."""
    ### BEGIN SOLUTION
    x0, y0, x1, y1 = boxes.unbind(-1)
    if form == "xywh":
        return torch.stack([x0, y0, x1 - x0, y1 - y0], -1)
    if form == "inclusive":
        return torch.stack([x0 + 1, y0 + 1, x1, y1], -1)
    centred = torch.stack([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0], -1)
    if form == "cxcywh":
        return centred
    if form == "normalised":
        return centred / torch.tensor([width, height, width, height])
    raise ValueError(f"there is no format {form!r}")
    ### END SOLUTION


def to_xyxy(boxes, form, height, width):
    """Boxes (N, 4) in another format, in x0 y0 x1 y1."""
    ### BEGIN SOLUTION
    a, b, c, d = boxes.unbind(-1)
    if form == "xywh":
        return torch.stack([a, b, a + c, b + d], -1)
    if form == "inclusive":
        return torch.stack([a - 1, b - 1, c, d], -1)
    if form == "normalised":
        a, b, c, d = a * width, b * height, c * width, d * height
    elif form != "cxcywh":
        raise ValueError(f"there is no format {form!r}")
    return torch.stack([a - c / 2, b - d / 2, a + c / 2, b + d / 2], -1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_formats", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(12)


def _converted(function, rows, *args):
    trace = checks.trace(function, rows.clone(), *args)
    checks.avoids(trace, "torchvision", instead="work the four numbers out yourself")
    return trace.value


def _from(rows, form, height, width):
    """What the formats are, written another way: as a matrix, then a scale and a shift."""
    centred = torch.tensor([[0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [-1, 0, 1, 0], [0, -1, 0, 1]])
    if form == "xywh":
        return torch.cat([rows[:, :2], rows[:, 2:] - rows[:, :2]], 1)
    if form == "inclusive":
        return rows + torch.tensor([1.0, 1, 0, 0])
    return rows @ centred.T / (torch.tensor([width, height] * 2) if form == "normalised" else 1)


def _to(rows, form, height, width):
    back = torch.tensor([[1, 0, -0.5, 0], [0, 1, 0, -0.5], [1, 0, 0.5, 0], [0, 1, 0, 0.5]])
    if form == "xywh":
        return torch.cat([rows[:, :2], rows[:, :2] + rows[:, 2:]], 1)
    if form == "inclusive":
        return rows - torch.tensor([1.0, 1, 0, 0])
    return (rows * (torch.tensor([width, height] * 2) if form == "normalised" else 1)) @ back.T


def _check_from(rows, form, height, width):
    right = _from(rows, form, height, width)
    mistakes = {
        "the boxes are still in xyxy": rows,
        "height and width are swapped: x is a part of the width, y of the height": _from(rows, form, width, height),
        "the first two numbers are to be the centre, not the corner": torch.cat(
            [(rows if form == "cxcywh" else rows / torch.tensor([width, height] * 2))[:, :2], right[:, 2:]], 1
        ),
        "the first two numbers are to be the corner, not the centre": torch.cat(
            [(rows[:, :2] + rows[:, 2:]) / 2, right[:, 2:]], 1
        ),
        "the last pixel inside is x1 - 1 counted from 0, and so x1 counted from 1": rows + 1,
        "pixels are counted from 1 in this format": rows - torch.tensor([0.0, 0, 1, 1]),
        "width and height have changed places": right[:, [0, 1, 3, 2]],
        "x and y have changed places": right[:, [1, 0, 3, 2]],
        "these are pixels: divide by the picture's width and height": _from(rows, "cxcywh", height, width),
    }
    mistakes = {name: value for name, value in mistakes.items() if not torch.equal(value, right)}
    result = _converted(from_xyxy, rows, form, height, width)
    checks.close(result, right, f"from_xyxy(..., {form!r}, {height}, {width})", mistakes=mistakes)


def _check_to(rows, form, height, width):
    given = _from(rows, form, height, width)
    scaled = given * torch.tensor([width, height] * 2)
    mistakes = {
        "the boxes have not changed": given,
        "height and width are swapped: x is a part of the width, y of the height": _to(given, form, width, height),
        "x1 is the left side plus the width: the last two numbers are not corners": torch.cat(
            [rows[:, :2], given[:, 2:]], 1
        ),
        "the first two numbers are the centre: the box reaches half of its width to each side": torch.cat(
            [given[:, :2], given[:, :2] + given[:, 2:]], 1
        ),
        "the first two numbers are the centre: half of the width lies to the left of it": torch.cat(
            [scaled[:, :2], scaled[:, :2] + scaled[:, 2:]], 1
        ),
        "a whole width to each side makes the box twice as wide": torch.cat(
            [(rows[:, :2] * 3 - rows[:, 2:]) / 2, (rows[:, 2:] * 3 - rows[:, :2]) / 2], 1
        ),
        "the last pixel is inside: the box ends one pixel further, and counting from 1 takes it back": rows - torch.tensor([0.0, 0, 1, 1]),
        "pixels are counted from 1 in this format: the first is number 0 here": rows + torch.tensor([1.0, 1, 0, 0]),
        "these are still parts of the picture: multiply by its width and height": _to(given, "cxcywh", 1, 1),
    }
    mistakes = {name: value for name, value in mistakes.items() if not torch.equal(value, rows)}
    result = _converted(to_xyxy, given, form, height, width)
    checks.close(result, rows, f"to_xyxy(..., {form!r}, {height}, {width})", mistakes=mistakes)


_example = torch.tensor([[10.0, 20, 30, 60]])

with task.part(2, "the worked example, from xyxy"):
    for form in ("xywh", "cxcywh", "normalised", "inclusive"):
        _check_from(_example, form, 100, 200)

with task.part(2, "the worked example, to xyxy"):
    for form in ("xywh", "cxcywh", "normalised", "inclusive"):
        _check_to(_example, form, 100, 200)

### BEGIN HIDDEN TESTS
_random = torch.Generator().manual_seed(801)


def _rows(count):
    corner, size = torch.rand(2, count, 2, generator=_random)
    return torch.cat([corner * 50, corner * 50 + 3 + size * 40], 1)


with task.part(3, "fresh boxes, from xyxy"):
    for form in ("xywh", "cxcywh", "normalised", "inclusive"):
        _check_from(_rows(7), form, 90, 140)
        _check_from(_rows(0), form, 90, 140)

with task.part(3, "fresh boxes, to xyxy"):
    for form in ("xywh", "cxcywh", "normalised", "inclusive"):
        _check_to(_rows(7), form, 150, 100)
        _check_to(_rows(0), form, 150, 100)

with task.part(1, "the argument stays as it is"):
    for form in ("xywh", "cxcywh", "normalised", "inclusive"):
        for function in (from_xyxy, to_xyxy):
            rows = _rows(3)
            before = rows.clone()
            function(rows, form, 90, 140)
            checks.equal(rows, before, f"the boxes after the call for {form!r}: they must not change, and")

with task.part(1, "another format: an error that names it"):
    _converted(from_xyxy, _example, "xywh", 100, 200)
    for function in (from_xyxy, to_xyxy):
        checks.raises(ValueError, function, _example, "yxyx", 100, 200, mentions=("yxyx",))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_iou", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 2 · Intersection over union (16 points)
#
# $$\mathrm{IoU}(A, B) = \frac{|A \cap B|}{|A \cup B|} = \frac{|A \cap B|}{|A| + |B| - |A \cap B|}$$
#
# Write `iou(first, second)`: `first` $(N, 4)$, `second` $(M, 4)$, the result $(N, M)$ with the IoU of box $i$ of the first and box $j$ of the second in
# row $i$ and column $j$.
#
# - **Boxes that cover nothing**, with $x_1 \le x_0$ or $y_1 \le y_0$, have an area of 0. Their IoU with any box, themselves included, is 0, and never NaN.
# - **No loop** over boxes: a detector compares thousands. The work in Python must not grow with $N$ or $M$.
# - $N$ or $M$ may be 0: then the result is an empty table of shape $(N, M)$.
#
# **Worked example.** Boxes 0, 0, 4, 2 and 2, 0, 6, 2 share 2 · 2 = 4 square pixels. Each has 8. The IoU is 4/(8 + 8 - 4) = 1/3.
#
# Write it yourself: `utils.boxes` and torchvision earn nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_iou", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# The intersection is a box too. Its left side is the larger of the two left sides; its right side is the smaller of the right ones. If that comes out inside out, the
# boxes do not overlap.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Every pair at once: `first[:, None, :]` has the shape $(N, 1, 4)$ and `second[None, :, :]` $(1, M, 4)$; `torch.maximum` of parts of them is $(N, M, \dots)$. Widths and heights
# below 0 become 0 by `.clamp(min=0)`, each *before* they are multiplied: two negative sides would give a positive area.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `low = torch.maximum(first[:, None, :2], second[None, :, :2])`, `high = torch.minimum(...)` of the others, `shared = (high - low).clamp(min=0).prod(-1)`. The areas in the same way. Then `union = area1[:, None] + area2 - shared`,
# and `torch.where(union > 0, shared / union.clamp(min=1e-9), torch.zeros_like(union))`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "iou", "locked": false, "schema_version": 3, "solution": true, "task": false}
def iou(first, second):
    """Intersection over union of every pair: boxes (N, 4) and (M, 4) give (N, M)."""
    ### BEGIN SOLUTION
    def area(rows):
        return (rows[..., 2:] - rows[..., :2]).clamp(min=0).prod(-1)

    low = torch.maximum(first[:, None, :2], second[None, :, :2])
    high = torch.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = area(torch.cat([low, high], -1))
    union = area(first)[:, None] + area(second)[None, :] - shared
    return torch.where(union > 0, shared / union.clamp(min=1e-9), torch.zeros_like(union))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_iou", "locked": true, "points": 16, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import boxes, checks

task = checks.task(16)


def _traced_iou(first, second):
    trace = checks.trace(iou, first, second)
    checks.avoids(trace, "torchvision", "utils.boxes", "*box_iou*", instead="compute the overlap yourself")
    return trace


def _overlap_parts(first, second):
    low, high = torch.maximum(first[:, None, :2], second[None, :, :2]), torch.minimum(first[:, None, 2:], second[None, :, 2:])
    one, two = boxes.area(first)[:, None].expand(len(first), len(second)), boxes.area(second)[None, :].expand(len(first), len(second))
    return low, high, one, two


def _check_iou(first, second, what):
    right = boxes.iou(first, second)

    def mistakes():
        low, high, one, two = _overlap_parts(first, second)
        shared, unclamped = (high - low).clamp(min=0).prod(-1), (high - low).prod(-1)
        plus_one = (high - low + 1).clamp(min=0).prod(-1)
        longer = (first[:, None, 2:] - first[:, None, :2] + 1).prod(-1), (second[:, 2:] - second[:, :2] + 1).prod(-1)
        hull = (
            torch.maximum(first[:, None, 2:], second[None, :, 2:]) - torch.minimum(first[:, None, :2], second[None, :, :2])
        ).prod(-1)
        return {
            "what is shared is counted twice: take it off the sum of the areas": shared / (one + two),
            "that is the part of the first box that is covered: divide by the union": shared / one,
            "that is the part of the second box that is covered: divide by the union": shared / two,
            "that divides by the smaller of the two areas: divide by the union": shared / torch.minimum(one, two),
            "that is the Dice coefficient, twice the shared area by the sum: IoU divides by the union": 2 * shared / (one + two),
            "boxes that do not overlap share nothing: two negative sides must not give a positive area": unclamped
            / (one + two - unclamped),
            "x1 is just outside, so that the width is x1 - x0, without + 1": plus_one / (longer[0] + longer[1] - plus_one),
            "that divides by the box around both: the union is less": shared / hull,
            "this is the area that is shared: divide it by the union": shared,
            "rows and columns are exchanged: row i is for box i of the first": right.T,
        }

    result = _traced_iou(first, second).value
    if isinstance(result, torch.Tensor) and result.isnan().any():
        raise checks.CheckFailed(f"{what}: NaN, from 0/0: boxes that cover nothing have an IoU of 0")
    checks.close(result, right, what, mistakes=mistakes)


_one = torch.tensor([[0.0, 0, 4, 2]])

with task.part(2, "the worked example"):
    _check_iou(_one, torch.tensor([[2.0, 0, 6, 2]]), "the IoU of the worked example")

with task.part(2, "the same box, one inside the other, and one far away"):
    others = torch.tensor([[0.0, 0, 4, 2], [1.0, 0, 3, 1], [50.0, 60, 54, 63], [4.0, 0, 8, 2]])
    _check_iou(_one, others, "the IoU of the box with itself, one inside it, one far away and a neighbour")

### BEGIN HIDDEN TESTS
_random = torch.Generator().manual_seed(802)


def _some_boxes(count, side=40.0):
    ends = (torch.rand(count, 2, 2, generator=_random) * side).sort(1).values
    return ends.flatten(1)


with task.part(4, "fresh boxes, every pair"):
    for n, m in [(5, 8), (8, 5), (1, 9), (30, 20)]:
        _check_iou(_some_boxes(n), _some_boxes(m), f"the IoU of {n} and {m} boxes")

with task.part(3, "boxes that cover nothing"):
    nothing = torch.tensor([[5.0, 5, 5, 5], [3.0, 2, 3, 9], [1.0, 4, 8, 4], [9.0, 9, 3, 3], [9.0, 1, 3, 8], [2.0, 8, 6, 4]])
    _check_iou(nothing, nothing, "the IoU of boxes that cover nothing")
    _check_iou(nothing, _some_boxes(6), "the IoU of boxes that cover nothing with others")
    _check_iou(_some_boxes(4), nothing, "the IoU of boxes with others that cover nothing")

with task.part(2, "no boxes at all"):
    for n, m in [(0, 3), (4, 0), (0, 0)]:
        checks.close(_traced_iou(_some_boxes(n), _some_boxes(m)).value, torch.zeros(n, m), f"the IoU of {n} and {m} boxes")

with task.part(3, "no loop over boxes"):
    _check_iou(_some_boxes(3), _some_boxes(4), "the IoU of 3 and 4 boxes")
    small = _traced_iou(_some_boxes(3), _some_boxes(4))
    checks.same_work(small, _traced_iou(_some_boxes(30), _some_boxes(4)), "30 boxes instead of 3")
    checks.same_work(small, _traced_iou(_some_boxes(3), _some_boxes(40)), "40 boxes instead of 4")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_grid", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 3 · What the cells of a grid say (18 points)
#
# A grid of `rows` × `columns` cells, each `stride` pixels wide and high, lies over a picture. The cell that holds a box's **centre** $(x, y)$ is responsible for it.
# With the cell in row $r$ and column $c$, stride $s$, width $w$ and height $h$ of the box, the four **offsets** are
#
# $$t_x = \frac{x}{s} - c \qquad t_y = \frac{y}{s} - r \qquad t_w = \log\frac{w}{s} \qquad t_h = \log\frac{h}{s}$$
#
# Write `encode(boxes, labels, rows, columns, stride)` for the boxes $(N, 4)$ of one picture and their labels $(N,)$, int64. It returns `(cell_labels, offsets)`:
#
# - `cell_labels`, shape `(rows, columns)`, int64: the label of the box that the cell is responsible for, and −1 in all other cells;
# - `offsets`, shape `(4, rows, columns)`, float32: $t_x, t_y, t_w, t_h$ in the responsible cells, zeros in the others.
#
# Where two boxes have their centres in one cell, the **later** box in the list has it. Boxes without a width or a height, and boxes whose centre is not on the
# grid, are **left out**.
#
# Write `decode(offsets, stride)`: the way back. `offsets` $(4, rows, columns)$ become a box $x_0, y_0, x_1, y_1$ for *each* cell, shape
# `(rows * columns, 4)`, row by row.
#
# **Worked example.** The box 10, 18, 26, 22 with cells of 8 pixels has its centre at (18, 20): column 2, row 2. The offsets are 18/8 − 2 = 0.25, 20/8 − 2 = 0.5, log(16/8) = 0.693 and
# log(4/8) = −0.693.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_grid", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# $x$ chooses the *column* and $y$ the *row*, but tensors are indexed `[row, column]`. For `encode` a loop over the boxes is fine: it also makes the later one win. For `decode`
# no loop is needed: each cell knows its own row and column.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `column = int(x // stride)`, and `t_x = x / stride - column`. Check `w > 0 and h > 0` and `0 <= row < rows` before you write. A negative index would write at the other end, without an error. For `decode`:
# `torch.arange(columns)` and `torch.arange(rows)[:, None]` have all the columns and rows, and `.exp()` undoes the logarithm.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `decode`: `tx, ty, tw, th = offsets`, `x = (tx + torch.arange(columns)) * stride`, `y = (ty + torch.arange(rows)[:, None]) * stride`, `w = tw.exp() * stride`, then
# `torch.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], -1).reshape(-1, 4)`. `encode`: start from `torch.full((rows, columns), -1)` and `torch.zeros(4, rows, columns)`; for each box
# `cell_labels[row, column] = label` and `offsets[:, row, column] = torch.tensor([...])`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "grid", "locked": false, "schema_version": 3, "solution": true, "task": false}
def encode(boxes, labels, rows, columns, stride):
    """What the cells of a grid are to say of boxes (N, 4): labels (rows, columns) and offsets (4, rows, columns)."""
    ### BEGIN SOLUTION
    cell_labels, offsets = torch.full((rows, columns), -1), torch.zeros(4, rows, columns)
    for box, label in zip(boxes, labels):
        x, y = ((box[:2] + box[2:]) / 2 / stride).tolist()
        size = (box[2:] - box[:2]) / stride
        row, column = int(y // 1), int(x // 1)
        if (size > 0).all() and 0 <= row < rows and 0 <= column < columns:
            cell_labels[row, column] = label
            offsets[:2, row, column] = torch.tensor([x - column, y - row])
            offsets[2:, row, column] = size.log()
    return cell_labels, offsets
    ### END SOLUTION


def decode(offsets, stride):
    """The boxes (rows * columns, 4) that the offsets (4, rows, columns) of all cells say."""
    ### BEGIN SOLUTION
    rows, columns = offsets.shape[1:]
    x = (offsets[0] + torch.arange(columns)) * stride
    y = (offsets[1] + torch.arange(rows)[:, None]) * stride
    w, h = offsets[2:].exp() * stride
    return torch.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], -1).reshape(-1, 4)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_grid", "locked": true, "points": 18, "schema_version": 3, "solution": false, "task": false}
import math

import torch

from utils import boxes, checks

task = checks.task(18)


def _encoded(rows, labels, *args):
    trace = checks.trace(encode, rows.clone(), labels.clone(), *args)
    checks.avoids(trace, "utils.boxes", instead="write the offsets yourself")
    value = trace.value
    return checks.item(value, 0, "what encode returns"), checks.item(value, 1, "what encode returns")


def _decoded(offsets, stride):
    trace = checks.trace(decode, offsets.clone(), stride)
    checks.avoids(trace, "utils.boxes", instead="write the boxes yourself")
    return trace.value


def _right_grid(found, labels, rows, columns, stride):
    targets = boxes.encode(found[None], labels[None], (rows, columns), stride)
    return targets["labels"][0], targets["offsets"][0]


def _check_encode(found, labels, rows, columns, stride, what):
    right_labels, right = _right_grid(found, labels, rows, columns, stride)

    def label_mistakes():
        corner = torch.cat([found[:, :2], found[:, :2]], 1) + torch.tensor([0.0, 0, 1e-3, 1e-3])
        wrapped = found.clone()
        outside = (found[:, :2] + found[:, 2:] < 0).any(1)
        size = torch.tensor([columns, rows] * 2) * stride
        wrapped[outside] += torch.where((found[outside, :2] + found[outside, 2:] < 0).repeat(1, 2), size, 0 * size)
        known = (found[:, 2:] > found[:, :2]).all(1)
        first = _right_grid(found.flip(0), labels.flip(0), rows, columns, stride)[0]
        swapped = _right_grid(found[:, [1, 0, 3, 2]], labels, rows, columns, stride)[0]
        middle = (found[:, :2] + found[:, 2:]) / 2
        inside = torch.minimum(middle.clamp(min=0), torch.tensor([columns, rows]) * stride - 0.1)
        clamped = found + (inside - middle).repeat(1, 2)
        flat = found + torch.cat([0 * found[:, :2], 1e-3 * (~known[:, None]).expand(-1, 2)], 1)
        return {
            "x chooses the column and y the row: yours are exchanged": swapped,
            "the cell that holds the centre is responsible, not the one with the upper left corner": _right_grid(
                corner, labels, rows, columns, stride
            )[0],
            "where two centres lie in one cell, the later box has it": first,
            "a box whose centre is outside was written at the other end: a negative index counts from the end": _right_grid(
                wrapped, labels, rows, columns, stride
            )[0],
            "a box whose centre is not on the grid is left out, not moved to its edge": _right_grid(
                clamped, labels, rows, columns, stride
            )[0],
            "boxes without a width or a height are left out": _right_grid(flat, labels, rows, columns, stride)[0],
            "cells that are responsible for nothing have -1, since 0 is a label": right_labels.clamp(min=0),
        }

    def offset_mistakes():
        there = right_labels >= 0
        column, row = torch.arange(columns), torch.arange(rows)[:, None]
        x, y, w, h = right[0] + column * there, right[1] + row * there, right[2], right[3]
        zero = torch.zeros_like(x)

        def stacked(*four):
            return torch.stack([torch.where(there, part, zero) for part in four])

        return {
            "x and y are counted from the picture's corner: take off the cell's column and row": stacked(x, y, w, h),
            "the offsets are in cells: divide by the stride": stacked(right[0] * stride, right[1] * stride, w, h),
            "width and height are in cells, too: divide by the stride before the logarithm": stacked(
                right[0], right[1], w + math.log(stride), h + math.log(stride)
            ),
            "the logarithm of width and height is missing": stacked(right[0], right[1], w.exp(), h.exp()),
            "x and y are counted from the middle of the cell: the cell's upper left corner is 0": stacked(
                right[0] - 0.5, right[1] - 0.5, w, h
            ),
            "width and height have changed places": stacked(right[0], right[1], h, w),
            "t_x and t_y have changed places": stacked(right[1], right[0], w, h),
        }

    got_labels, got = _encoded(found, labels, rows, columns, stride)
    checks.equal(got_labels, right_labels, f"the labels of the cells {what}", mistakes=label_mistakes)
    checks.close(got, right, f"the offsets {what}", mistakes=offset_mistakes)


def _check_decode(offsets, stride, what):
    right = boxes.decode(offsets[None], stride)[0]

    def mistakes():
        rows, columns = offsets.shape[1:]
        row, column = torch.arange(rows)[:, None], torch.arange(columns)
        tx, ty, tw, th = offsets

        def said(x, y, w, h):
            four = torch.broadcast_tensors(x - w / 2, y - h / 2, x + w / 2, y + h / 2)
            return (torch.stack(four, -1) * stride).reshape(-1, 4)

        full = said(tx + column, ty + row, tw.exp(), th.exp())
        centred = full.reshape(-1, 2, 2)
        middle, size = centred.mean(1), centred[:, 1] - centred[:, 0]
        found = {
            "the cell's own column and row are missing": said(tx, ty, tw.exp(), th.exp()),
            "the boxes are still in cells: multiply by the stride": full / stride,
            "exp undoes the logarithm of width and height": said(tx + column, ty + row, tw, th),
            "half of the width lies to each side of the centre": torch.cat([middle - size, middle + size], 1),
            "x, y is the centre: the box reaches half of its width to the left, too": torch.cat([middle, middle + size], 1),
            "these are centre, width and height; the corners are asked for": torch.cat([middle, size], 1),
            "the boxes come column by column; row by row is asked for": full.reshape(rows, columns, 4).transpose(0, 1).reshape(-1, 4),
        }
        if rows == columns:
            found["x needs the column and y the row: yours are exchanged"] = said(tx + row, ty + column, tw.exp(), th.exp())
        return found

    checks.close(_decoded(offsets, stride), right, what, mistakes=mistakes, atol=1e-3)


with task.part(3, "the worked example"):
    _check_encode(torch.tensor([[10.0, 18, 26, 22]]), torch.tensor([3]), 4, 4, 8, "of the worked example")

with task.part(2, "two cells that say something"):
    offsets = torch.zeros(4, 2, 2)
    offsets[:, 0, 1], offsets[:, 1, 0] = torch.tensor([0.25, 0.5, 0.5, -0.5]), torch.tensor([0.5, 0.125, -0.25, 1.0])
    _check_decode(offsets, 8, "the boxes of a grid of 2 x 2 cells")

### BEGIN HIDDEN TESTS
_random = torch.Generator().manual_seed(803)


def _herd(count, rows, columns, stride, classes=9):
    """Boxes with their centres in different cells of the grid."""
    cells = torch.randperm(rows * columns, generator=_random)[:count]
    corner = torch.stack([cells % columns, cells // columns], 1)
    middle = (corner + 0.05 + 0.9 * torch.rand(count, 2, generator=_random)) * stride
    size = (0.3 + 3 * torch.rand(count, 2, generator=_random)) * stride
    return torch.cat([middle - size / 2, middle + size / 2], 1), torch.randint(classes, (count,), generator=_random)


with task.part(4, "fresh boxes, encoded"):
    for count, rows, columns, stride in [(6, 8, 8, 8), (5, 3, 9, 16), (7, 9, 4, 4), (0, 3, 3, 8)]:
        found, labels = _herd(count, rows, columns, stride)
        _check_encode(found, labels, rows, columns, stride, f"of {count} boxes on {rows} x {columns} cells of {stride} pixels")

with task.part(3, "fresh offsets, decoded"):
    for rows, columns, stride in [(5, 5, 8), (3, 6, 16), (7, 2, 4)]:
        offsets = torch.rand(4, rows, columns, generator=_random)
        _check_decode(offsets, stride, f"the boxes of {rows} x {columns} cells of {stride} pixels")

with task.part(2, "two centres in one cell"):
    both = torch.tensor([[8.0, 8, 14, 14], [0.0, 0, 24, 25], [16.0, 0, 20, 6]])
    _check_encode(both, torch.tensor([4, 1, 2]), 3, 4, 8, "with two centres in one cell")

with task.part(2, "boxes that are left out"):
    bad = torch.tensor([[3.0, 3, 3, 9], [20.0, 12, 28, 12], [-13.0, 2, -3, 8], [2.0, -9, 8, -1], [30.0, 2, 38, 6], [2.0, 22, 6, 30], [9.0, 9, 13, 14]])
    _check_encode(bad, torch.tensor([0, 1, 2, 3, 4, 5, 6]), 3, 4, 8, "with boxes that are empty or not on the grid")

with task.part(2, "there and back"):
    for rows, columns, stride in [(6, 5, 8), (3, 7, 16)]:
        found, labels = _herd(6, rows, columns, stride)
        cell_labels, offsets = _encoded(found, labels, rows, columns, stride)
        back = _decoded(offsets, stride)
        said = (_right_grid(found, labels, rows, columns, stride)[0] >= 0).flatten()
        expected = boxes.decode(_right_grid(found, labels, rows, columns, stride)[1][None], stride)[0][said]
        checks.close(back[said], expected, "boxes that were encoded and decoded", atol=1e-3)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_scan", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 4 · A fully connected layer at every place (10 points)
#
# A classifier was trained on small windows. Its last layer is fully connected: `nn.Linear` with `weight` $(K, C \cdot f_h \cdot f_w)$ and `bias` $(K,)$, applied to
# $C$ maps of $f_h \times f_w$ that were flattened by `maps.flatten(1)`.
#
# On a larger picture the maps are larger: $(B, C, H, W)$. Write `scan(maps, weight, bias, size)` with `size` $= (f_h, f_w)$, which gives the layer's answer at *every* place where a window of that size fits:
# $(B, K, H - f_h + 1, W - f_w + 1)$. At row $i$ and column $j$ stands what the layer says of the flattened `maps[:, :, i:i+f_h, j:j+f_w]`.
#
# - **No loop over places**: a fully connected layer is a convolution. Use `F.conv2d`.
# - If `weight` does not have $C \cdot f_h \cdot f_w$ columns, raise `ValueError`; the message **holds both numbers**.
#
# **Worked example.** Maps $(1, 16, 29, 29)$, `weight` $(120, 400)$, `size` (5, 5): 16 · 5 · 5 = 400 fits, and the result has the shape (1, 120, 25, 25).

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_scan", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Row $k$ of `weight` is one filter, laid out flat. Give it its shape back.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `flatten(1)` goes through the channels, then the rows, then the columns. So `weight[k]` is a kernel of shape $(C, f_h, f_w)$, in this order; `F.conv2d` wants $(K, C, f_h, f_w)$.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `kernel = weight.reshape(len(weight), maps.shape[1], *size)`, then `F.conv2d(maps, kernel, bias)`. Before that compare `weight.shape[1]` with `maps.shape[1] * size[0] * size[1]`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "scan", "locked": false, "schema_version": 3, "solution": true, "task": false}
def scan(maps, weight, bias, size):
    """A fully connected layer at every place of maps (B, C, H, W): (B, K, H - fh + 1, W - fw + 1)."""
    ### BEGIN SOLUTION
    expected = maps.shape[1] * size[0] * size[1]
    if weight.shape[1] != expected:
        raise ValueError(f"the layer reads {weight.shape[1]} numbers, but windows of this size have {expected}")
    return F.conv2d(maps, weight.reshape(len(weight), maps.shape[1], *size), bias)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_scan", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(10)


def _at_every_place(maps, weight, bias, size):
    """The layer, window by window."""
    (fh, fw), (height, width) = size, maps.shape[2:]
    rows = []
    for i in range(height - fh + 1):
        windows = [maps[:, :, i : i + fh, j : j + fw].flatten(1) @ weight.T + bias for j in range(width - fw + 1)]
        rows.append(torch.stack(windows, -1))
    return torch.stack(rows, 2)


def _check_scan(maps, weight, bias, size):
    right = _at_every_place(maps, weight, bias, size)
    k, c = len(weight), maps.shape[1]

    def mistakes():
        def by(kernel, b=bias):
            return _at_every_place(maps, kernel.reshape(k, -1), b, size)

        whole = weight.reshape(k, c, *size)
        found = {
            "the bias is missing": right - bias.view(1, -1, 1, 1),
            "the weights were taken apart as (rows, columns, channels): flatten goes through the channels first": by(
                weight.reshape(k, *size, c).permute(0, 3, 1, 2)
            ),
            "the kernel is flipped: F.conv2d does not flip it, and nor should you": by(whole.flip(2, 3)),
            "only the first window is answered: the layer slides over all places": right[:, :, :1, :1],
            "there is no non-linearity in this layer": right.relu(),
        }
        exchanged = weight.reshape(k, c, size[1], size[0]).transpose(2, 3)
        found["f_h rows and f_w columns: height and width of the kernel are exchanged"] = by(exchanged)
        return found

    trace = checks.trace(scan, maps, weight, bias, size)
    checks.close(trace.value, right, f"scan of maps {tuple(maps.shape)} with windows of {size}", mistakes=mistakes, rtol=1e-3, atol=1e-4)
    return trace


_random = torch.Generator().manual_seed(804)


def _layer(b, c, height, width, k, size):
    shapes = (b, c, height, width), (k, c * size[0] * size[1]), (k,)
    return *(torch.randn(shape, generator=_random) for shape in shapes), size


with task.part(2, "windows of 2 x 3 in maps of 4 x 5"):
    _check_scan(*_layer(1, 2, 4, 5, 3, (2, 3)))

with task.part(1, "one window that fills the maps is the layer itself"):
    _check_scan(*_layer(4, 3, 5, 5, 6, (5, 5)))

### BEGIN HIDDEN TESTS
with task.part(3, "fresh layers and maps"):
    for setting in [(2, 3, 6, 8, 4, (3, 2)), (1, 5, 7, 7, 2, (1, 1)), (3, 4, 5, 9, 7, (5, 3))]:
        _check_scan(*_layer(*setting))

with task.part(2, "no loop over places"):
    small = _check_scan(*_layer(1, 2, 5, 6, 3, (3, 3)))
    large = checks.trace(scan, *_layer(1, 2, 25, 26, 3, (3, 3)))
    checks.same_work(small, large, "maps of 25 x 26 instead of 5 x 6")

with task.part(2, "a layer that does not fit: an error with both numbers"):
    _check_scan(*_layer(1, 2, 4, 5, 3, (2, 3)))
    maps, weight, bias, _ = _layer(1, 4, 9, 9, 3, (3, 3))
    checks.raises(ValueError, scan, maps, weight, bias, (5, 5), mentions=("36", "100"))
    checks.raises(ValueError, scan, maps, weight, bias, (3, 2), mentions=("36", "24"))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_nms", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 5 · One box for each animal (14 points)
#
# A detector answers several times for one animal. **Non-maximum suppression** keeps the best:
#
# 1. Of the boxes that are left, keep the one with the highest score.
# 2. Remove every other box *of the same label* whose IoU with it is **greater than** `threshold`.
# 3. Go on with the boxes that are left, until there are none.
#
# Write `nms(found, scores, labels, threshold)` for boxes $(N, 4)$, scores $(N,)$ and labels $(N,)$. It returns the numbers of the boxes that stay, a tensor of int64, **from the
# highest score down**. Of equal scores the box that comes first in the list counts as higher. For no boxes it returns an empty tensor of int64.
#
# **Worked example.** 0, 0, 10, 10 and 4, 0, 14, 10 and 8, 0, 18, 10 with scores 0.7, 0.8, 0.9, one label, and a threshold of 0.4. Neighbours have an IoU of 6/14 = 0.43. The last box has the
# highest score and removes the second one. The first overlaps the last by 2/18 only, and what is removed removes nothing: the answer is 2, 0.
#
# `boxes.iou` may be used. `torchvision.ops.nms` and `boxes.nms` earn nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_nms", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Sort once. Then go through the boxes in that order and remember which have been removed. A box that is removed is skipped: it neither stays nor removes others.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `scores.argsort(descending=True, stable=True)` keeps the order of equal scores. A table of who may remove whom: `(boxes.iou(found, found) > threshold) & (labels[:, None] == labels)`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `removed = torch.zeros(len(found), dtype=torch.bool)` and `kept = []`; `for i in order.tolist():` if `not removed[i]`: append `i`, and `removed |= rivals[i]`. At the end
# `torch.tensor(kept, dtype=torch.int64)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "nms", "locked": false, "schema_version": 3, "solution": true, "task": false}
def nms(found, scores, labels, threshold):
    """Numbers of the boxes that stay, from the highest score down."""
    ### BEGIN SOLUTION
    rivals = (boxes.iou(found, found) > threshold) & (labels[:, None] == labels)
    removed, kept = torch.zeros(len(found), dtype=torch.bool), []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if not removed[i]:
            kept.append(i)
            removed |= rivals[i]
    return torch.tensor(kept, dtype=torch.int64)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_nms", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import boxes, checks

task = checks.task(14)


def _kept(found, scores, labels, threshold):
    trace = checks.trace(nms, found.clone(), scores.clone(), labels.clone(), threshold)
    checks.avoids(trace, "torchvision.ops.boxes.nms", "*nms*", instead="suppress the boxes yourself")
    return trace.value


def _suppressed(found, scores, labels, threshold, *, chain=True, classes=True, order=None, equal=False):
    """The rule, with what students change in it. chain=False: a removed box still removes others."""
    overlaps = boxes.iou(found, found)
    rivals = (overlaps >= threshold if equal else overlaps > threshold) & ((labels[:, None] == labels) | (not classes))
    removed, stay = set(), []
    for i in order if order is not None else scores.argsort(descending=True, stable=True).tolist():
        if i not in removed:
            stay.append(i)
        if i not in removed or not chain:
            removed |= {j for j in range(len(found)) if rivals[i, j] and j not in stay}
    return torch.tensor(stay, dtype=torch.int64)


def _check_nms(found, scores, labels, threshold, what):
    given = found, scores, labels, threshold
    right = _suppressed(*given)

    def mistakes():
        rising = _suppressed(*given, order=scores.argsort(stable=True).tolist())
        wrong = {
            "the boxes come from the highest score down, not in the order of the list": right.sort().values,
            "a box that was removed removes nothing itself": _suppressed(*given, chain=False),
            "boxes of different labels leave each other alone": _suppressed(*given, classes=False),
            "the boxes that stay are to come from the highest score down: yours begin with the lowest": right.flip(0),
            "you keep the box with the lowest score, not the highest": rising,
            "you go through the boxes in the order of the list, not of the scores": _suppressed(*given, order=range(len(found))),
            "nothing was removed": scores.argsort(descending=True, stable=True),
            "nothing was removed, and the order is that of the list": torch.arange(len(found)),
            "an IoU of just the threshold is allowed: remove what is greater": _suppressed(*given, equal=True),
            "of equal scores the box that comes first in the list counts as higher": _suppressed(
                *given, order=(len(found) - 1 - scores.flip(0).argsort(descending=True, stable=True)).tolist()
            ),
            "only the very best box stays: go on with the boxes that are left": right[:1],
            "these are the boxes that are removed; those that stay are asked for": torch.tensor(
                [i for i in scores.argsort(descending=True, stable=True).tolist() if i not in right.tolist()], dtype=torch.int64
            ),
        }
        return {name: value for name, value in wrong.items() if not torch.equal(value, right)}

    checks.equal(_kept(*given), right, what, mistakes=mistakes)


_chain = torch.tensor([[0.0, 0, 10, 10], [4.0, 0, 14, 10], [8.0, 0, 18, 10]])
_same = torch.zeros(3, dtype=torch.int64)

with task.part(2, "the worked example"):
    _check_nms(_chain, torch.tensor([0.7, 0.8, 0.9]), _same, 0.4, "nms of the worked example")

with task.part(2, "a lion in front of a zebra"):
    pair = torch.tensor([[1.0, 0, 11, 10], [0.0, 0, 10, 10], [30.0, 0, 40, 10]])
    _check_nms(pair, torch.tensor([0.8, 0.9, 0.7]), torch.tensor([1, 0, 0]), 0.5, "nms of boxes with different labels")

### BEGIN HIDDEN TESTS
_random = torch.Generator().manual_seed(805)


def _heaps(count, classes):
    """Boxes in a few heaps, in a random order, no two scores equal."""
    middle = torch.randint(0, 4, (count, 1), generator=_random) * 14.0
    corner = middle + torch.rand(count, 2, generator=_random) * 6
    found = torch.cat([corner, corner + 8 + 4 * torch.rand(count, 2, generator=_random)], 1)
    return found, torch.rand(count, generator=_random), torch.randint(classes, (count,), generator=_random)


with task.part(3, "fresh heaps of one label"):
    for threshold in (0.2, 0.5, 0.7):
        _check_nms(*_heaps(14, 1), threshold, f"nms of 14 boxes of one label at a threshold of {threshold}")

with task.part(3, "fresh heaps of several labels"):
    for threshold in (0.1, 0.3, 0.5):
        _check_nms(*_heaps(18, 3), threshold, f"nms of 18 boxes of three labels at a threshold of {threshold}")

with task.part(2, "an IoU of just the threshold, and equal scores"):
    halves = torch.tensor([[0.0, 0, 2, 1], [0.0, 0, 2, 2], [5.0, 5, 9, 9]])
    _check_nms(halves, torch.tensor([0.8, 0.9, 0.3]), _same, 0.5, "nms with an IoU of just the threshold")
    twins = torch.tensor([[5.0, 5, 9, 9], [0.0, 0, 4, 4], [0.0, 0, 4, 4.5], [0.0, 0, 4, 4.2]])
    scores = torch.tensor([0.25, 0.75, 0.75, 0.75])
    _check_nms(twins, scores, torch.zeros(4, dtype=torch.int64), 0.5, "nms of boxes with equal scores")

with task.part(2, "no boxes, and one"):
    nothing = torch.zeros(0, dtype=torch.int64)
    checks.equal(_kept(torch.zeros(0, 4), torch.zeros(0), nothing, 0.5), nothing, "nms of no boxes")
    checks.equal(_kept(_chain[:1], torch.tensor([0.1]), _same[:1], 0.0), _same[:1], "nms of one box")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_match", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 6 · Which prediction found what (10 points)
#
# Predictions and true objects of *one* class in one picture. Go through the predictions **from the highest score down**. Each takes, among the objects that are **still free**,
# the one with which it has the highest IoU, if that IoU is **at least** `threshold`.
#
# Write `match(found, scores, true, threshold=0.5)` for `found` $(N, 4)$, `scores` $(N,)$ and `true` $(M, 4)$. It returns a tensor $(N,)$ of int64, **in the order in which the predictions were
# given**: the number of the object that the prediction found, or −1.
#
# **Worked example.** Two objects, 0, 0, 10, 10 and 20, 0, 30, 10. Predictions 1, 0, 10, 10 and 0, 0, 10, 9 and 21, 1, 31, 11 with scores 0.6, 0.9, 0.7. The second is the surest and takes object 0. The third
# takes object 1. The first overlaps object 0 as well as the second did, but it is taken: the answer is −1, 0, 1.
#
# You may take it that no two scores are equal. `utils.metrics` earns nothing here; `boxes.iou` may be used.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_match", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Two orders are at work: the order of the scores, in which objects are given away, and the order of the list, in which the answer is written.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Start with `answer = torch.full((N,), -1)`. Loop over `scores.argsort(descending=True).tolist()` and write into `answer[i]`. An object that is taken must not be found again: set its column in a *copy* of the
# overlaps to −1.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `overlaps = boxes.iou(found, true)`; in the loop `best, j = overlaps[i].max(0)`; if `best >= threshold`: `answer[i] = j` and `overlaps[:, j] = -1`. With no objects there is no maximum: return `answer` at once if
# `len(true) == 0`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "match", "locked": false, "schema_version": 3, "solution": true, "task": false}
def match(found, scores, true, threshold=0.5):
    """The number of the object that each prediction found, or -1: (N,) int64."""
    ### BEGIN SOLUTION
    answer = torch.full((len(found),), -1)
    if len(true) == 0:
        return answer
    overlaps = boxes.iou(found, true)
    for i in scores.argsort(descending=True).tolist():
        best, j = overlaps[i].max(0)
        if best >= threshold:
            answer[i] = j
            overlaps[:, j] = -1
    return answer
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_match", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import boxes, checks

task = checks.task(10)


def _matched(found, scores, true, *args):
    trace = checks.trace(match, found.clone(), scores.clone(), true.clone(), *args)
    checks.avoids(trace, "utils.metrics", instead="give the objects away yourself")
    return trace.value


def _given_away(found, scores, true, threshold=0.5, *, order=None, again=False, look_on=True, strict=False, first=False):
    """The rule, with what students change in it. look_on=False: a prediction whose best object is taken finds nothing (Pascal VOC)."""
    overlaps, taken = boxes.iou(found, true), set()
    answer = torch.full((len(found),), -1)
    for i in order if order is not None else scores.argsort(descending=True).tolist():
        free = [j for j in range(len(true)) if again or not look_on or j not in taken]
        enough = [j for j in free if (overlaps[i, j] > threshold if strict else overlaps[i, j] >= threshold)]
        if enough:
            j = enough[0] if first else max(enough, key=lambda j: overlaps[i, j].item())
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
            "an object is found once: the second prediction of it finds nothing": _given_away(*given, again=True),
            "the surest prediction chooses first: go by the scores, not by the list": _given_away(*given, order=range(len(found))),
            "the surest prediction chooses first: you begin with the least sure": _given_away(*given, order=order.flip(0).tolist()),
            "the answer is in the order in which the predictions were given, not in that of the scores": right[order],
            "if its best object is taken, a prediction may have the best of those still free": _given_away(*given, look_on=False),
            "it takes the object with the highest IoU, not the first one that is good enough": _given_away(*given, first=True),
            "an IoU of just the threshold counts as found": _given_away(*given, strict=True),
            "the threshold is ignored": _given_away(found, scores, true, 1e-6),
            "the threshold is 0.5 only if none is given": _given_away(found, scores, true),
        }
        return {name: value for name, value in wrong.items() if not torch.equal(value, right)}

    checks.equal(_matched(*given), right, what, mistakes=mistakes)


_objects = torch.tensor([[0.0, 0, 10, 10], [20.0, 0, 30, 10]])

with task.part(2, "the worked example"):
    predictions = torch.tensor([[1.0, 0, 10, 10], [0.0, 0, 10, 9], [21.0, 1, 31, 11]])
    _check_match(predictions, torch.tensor([0.6, 0.9, 0.7]), _objects, what="match of the worked example")

with task.part(1, "two objects close together"):
    close = torch.tensor([[0.0, 0, 10, 10], [2.0, 0, 12, 10]])
    predictions = torch.tensor([[1.9, 0, 11.9, 10], [2.1, 0, 12.1, 10], [40.0, 40, 50, 50]])
    _check_match(predictions, torch.tensor([0.5, 0.9, 0.7]), close, what="match with two objects close together")

### BEGIN HIDDEN TESTS
_random = torch.Generator().manual_seed(806)


def _a_picture(objects, predictions):
    """Objects of which some lie close together, and predictions near them, in a random order."""
    corner = torch.randint(0, 3, (objects, 1), generator=_random) * 20.0 + torch.rand(objects, 2, generator=_random) * 6
    true = torch.cat([corner, corner + 10], 1)
    near = true[torch.randint(objects, (predictions,), generator=_random)]
    found = near + torch.randn(predictions, 4, generator=_random) * 1.2
    return found, torch.rand(predictions, generator=_random), true


with task.part(4, "20 fresh pictures"):
    for number in range(20):
        _check_match(*_a_picture(4, 9), what="match of 9 predictions with 4 objects")

with task.part(1, "other thresholds"):
    for threshold in (0.3, 0.7, 0.9):
        for _ in range(4):
            _check_match(*_a_picture(4, 9), threshold, what=f"match with a threshold of {threshold}")

with task.part(1, "an IoU of just the threshold"):
    half = torch.tensor([[0.0, 0, 10, 5], [20.0, 0, 30, 4]])
    _check_match(half, torch.tensor([0.5, 0.6]), _objects, what="match with an IoU of 0.5 and one of 0.4")

with task.part(1, "no predictions, or no objects"):
    none = torch.zeros(0, 4)
    _check_match(_objects, torch.tensor([0.5, 0.6]), _objects, what="match of two predictions with two objects")
    checks.equal(_matched(_objects, torch.tensor([0.5, 0.6]), none), torch.tensor([-1, -1]), "match without objects")
    checks.equal(_matched(none, torch.zeros(0), _objects), torch.zeros(0, dtype=torch.int64), "match without predictions")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_average_precision", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 7 · One number for a detector (10 points)
#
# All predictions of a class, of all pictures together: `scores` $(N,)$, and `right` $(N,)$ of booleans, which say whether the prediction found an object. In all there are `objects` true objects; some were perhaps
# found by nobody.
#
# Sort the predictions from the highest score down. After the first $n$ of them, with $T_n$ right ones among them,
#
# $$P_n = \frac{T_n}{n} \qquad R_n = \frac{T_n}{\text{objects}}$$
#
# are **precision** and **recall**. The **average precision** adds up every gain in recall times the precision at which it was made:
#
# $$\mathrm{AP} = \sum_{n=1}^{N} (R_n - R_{n-1})\, P_n \qquad \text{with } R_0 = 0$$
#
# Write `average_precision(scores, right, objects)`, which returns AP as a `float`. Nothing is interpolated. You may take it that no two scores are equal. Without predictions AP is 0.0. If `objects` is smaller than the number of right
# predictions, or 0, raise `ValueError`; the message **holds** `objects`.
#
# **Worked example.** Scores 0.9, 0.8, 0.7, right, wrong, right, and 4 objects. Precision 1, 1/2, 2/3; recall 1/4, 1/4, 2/4. AP = 1/4 · 1 + 0 + 1/4 · 2/3 = 0.4167.
#
# Write it yourself: `utils.metrics` and scikit-learn earn nothing here.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_average_precision", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Recall rises only where a prediction is right, and each time by 1/objects.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Sort `right` by the scores, then `cumsum(0)` gives $T_n$ for every $n$ at once, and `torch.arange(1, N + 1)` is $n$. So AP is the sum of the precisions at the right predictions, divided by `objects`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `right = right[scores.argsort(descending=True)].double()`, `precision = right.cumsum(0) / torch.arange(1, len(right) + 1)`, and `(precision * right).sum().item() / objects`. For an empty tensor the sum is 0.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "average_precision", "locked": false, "schema_version": 3, "solution": true, "task": false}
def average_precision(scores, right, objects):
    """The area under precision against recall, in steps: a float."""
    ### BEGIN SOLUTION
    if objects == 0 or objects < right.sum():
        raise ValueError(f"{int(right.sum())} predictions are right, and there are {objects} objects in all")
    right = right[scores.argsort(descending=True)].double()
    precision = right.cumsum(0) / torch.arange(1, len(right) + 1)
    return (precision * right).sum().item() / objects
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_average_precision", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks, metrics

task = checks.task(10)


def _area(scores, right, objects):
    trace = checks.trace(average_precision, scores.clone(), right.clone(), objects)
    checks.avoids(trace, "utils.metrics", "sklearn", "torchmetrics", instead="add the steps up yourself")
    return trace.value


def _check_area(scores, right, objects, what):
    hits = int(right.sum())
    value = metrics.average_precision(scores, right, missed=objects - hits)

    def mistakes():
        ordered = right[scores.argsort(descending=True)].double()
        true, n = ordered.cumsum(0), torch.arange(1, len(right) + 1)
        precision, recall = true / n, true / objects
        best = precision.flip(0).cummax(0).values.flip(0)
        listed = right.double()
        gain = recall.diff(prepend=torch.zeros(1))
        before = torch.cat([torch.ones(1).double(), precision[:-1]])
        wrong = {
            "the objects that nobody found are left out: recall is a part of all objects": (precision * ordered).sum() / max(hits, 1),
            "the predictions are to be sorted by their scores first": (listed.cumsum(0) / n * listed).sum() / objects,
            "the scores are sorted from the lowest up": (
                right[scores.argsort()].double().cumsum(0) / n * right[scores.argsort()]
            ).sum() / objects,
            "that is the precision of all predictions together": precision[-1],
            "that is the recall of all predictions together": recall[-1],
            "that is the mean of the precisions at all predictions: only gains in recall count": precision.mean(),
            "the precisions are interpolated; here nothing is": (gain * best).sum(),
            "the area is made of steps, with the precision after the gain, not before it": (gain * before).sum(),
            "the area is made of steps, not of trapezoids": (gain * (precision + before) / 2).sum(),
            "that is the area under recall": recall.mean(),
        }
        return {name: number.item() for name, number in wrong.items() if abs(number.item() - value) > 1e-6}

    checks.close(_area(scores, right, objects), value, what, mistakes=mistakes, rtol=1e-5, atol=1e-6)


with task.part(2, "the worked example"):
    _check_area(torch.tensor([0.9, 0.8, 0.7]), torch.tensor([True, False, True]), 4, "the AP of the worked example")

with task.part(1, "the same predictions in another order"):
    _check_area(torch.tensor([0.7, 0.9, 0.8]), torch.tensor([True, True, False]), 4, "the AP of the worked example, in another order")

### BEGIN HIDDEN TESTS
_random = torch.Generator().manual_seed(807)

with task.part(4, "30 fresh lists"):
    for _ in range(30):
        count = int(torch.randint(3, 40, (), generator=_random))
        scores, right = torch.rand(count, generator=_random), torch.rand(count, generator=_random) < 0.6
        if right.any():
            objects = int(right.sum()) + int(torch.randint(1, 9, (), generator=_random))
            _check_area(scores, right, objects, f"the AP of {count} predictions and {objects} objects")

with task.part(1, "all right, all wrong, none at all"):
    scores = torch.tensor([0.2, 0.9, 0.5])
    _check_area(scores, torch.tensor([True, True, True]), 3, "the AP of three right predictions of three objects")
    checks.close(_area(scores, torch.tensor([False] * 3), 3), 0.0, "the AP of wrong predictions")
    checks.close(_area(torch.zeros(0), torch.zeros(0, dtype=torch.bool), 3), 0.0, "the AP without predictions")

with task.part(2, "numbers that cannot be: an error"):
    _check_area(torch.tensor([0.9, 0.8, 0.7]), torch.tensor([True, False, True]), 4, "the AP of the worked example")
    checks.raises(ValueError, average_precision, scores, torch.tensor([False] * 3), 0, mentions=("0",))
    checks.raises(ValueError, average_precision, scores, torch.tensor([True] * 3), 2, mentions=("2",))
### END HIDDEN TESTS

task.score()

# %% [markdown] nbgrader={"grade": false, "grade_id": "your_detector", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Your detector
#
# Nothing is marked here. When all seven tasks are done, put this into a new cell: the course's trained convolutions, and everything else by you.
#
# ```python
# from utils import plotting, pretrained
# from utils.datasets import savanna
#
# model, animals = pretrained.detector(), savanna.HERD.animals
# scene = savanna.scene(savanna.HERD, 3, seed=808)
# with torch.no_grad():
#     said = model(scene["image"][None] / 255)[0]           # (15, 8, 8)
# kind, label = said[5:].softmax(0).flatten(1).max(0)
# score = kind * said[0].sigmoid().flatten()
# sure = score > 0.3
# found, score, label = decode(said[1:5], 8)[sure], score[sure], label[sure]
# kept = nms(found, score, label, 0.5)
# texts = [f"{animals[k]} {s:.2f}" for k, s in zip(label[kept], score[kept])]
# plotting.boxes([scene["image"] / 255], [{"true": scene["boxes"], "yours": (found[kept], texts)}], ["found by your functions"])
# ```
#
# And its average precision over a hundred scenes? You have all the pieces.

# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_nearly_right", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 8 · A detector that is nearly right (10 points, marked by hand)
#
# A colleague trains a detector of cars on photographs. Its loss falls as it should. On the test set she measures:
#
# | least IoU that counts as found | 0.3 | 0.5 | 0.7 | 0.9 |
# | --- | ---: | ---: | ---: | ---: |
# | AP | 0.86 | 0.31 | 0.04 | 0.00 |
#
# Looking at pictures, she finds that the boxes have the right size, and that almost every car has exactly one. But each box begins near the *middle* of its car and reaches out to the lower right. Then she scores all predictions once more without
# NMS: the AP at 0.3 falls from 0.86 to 0.52.
#
# In about eight sentences, explain to her:
#
# 1. what the table says about *finding* and about *placing*, and why one number, AP at 0.5, could not have told;
# 2. which mistake with box formats puts a box of the right size there, and in which function you would look for it;
# 3. why AP falls without NMS although not one right box was lost; name what happens to precision and to recall;
# 4. two checks, each a line or two of code or one picture, that would have found the mistake before any training.
#
# **How it is marked.**
#
# | points | for |
# | ---: | --- |
# | 2 | cars are found, boxes are misplaced (1); at 0.5 "not found" and "found but misplaced" look the same (1) |
# | 3 | the centre is taken for the upper left corner, cxcywh read as xywh (2); in decoding, or where labels are read or results are drawn and scored (1) |
# | 3 | a second box finds an object that is taken and is a false positive (1); precision falls (1), recall stays (1) |
# | 2 | two checks that work, such as encoding and decoding true boxes and asking for an IoU of 1, or drawing the targets on pictures (1 each) |

# %% [markdown] nbgrader={"grade": true, "grade_id": "nearly_right", "locked": false, "points": 10, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# At 0.3 most cars are found, with the right order of scores: AP 0.86. So the detector knows where cars are. It places
# its boxes badly: hardly any overlaps its car by 0.7. AP at 0.5 alone, 0.31, could just as well mean that two cars out
# of three are not seen at all.
#
# A box of the right size that begins at the middle of the car is a centre that was taken for the upper left corner:
# cxcywh was read as xywh, so x1 became cx + w instead of cx + w/2. The network is not to blame, since its loss falls;
# I would look at `decode`, which makes corners of offsets, then at whatever converts boxes before they are scored or drawn.
#
# Without NMS a car has several boxes. The first one takes the car, each further one finds an object that is taken, and
# counts as a false positive. Recall stays as it was, since the same cars are found, but precision falls at every
# threshold below which doubles appear, and AP is the area under precision.
#
# Two checks: encode the true boxes, decode the targets, and ask that the IoU with the true boxes is 1 (it would have been
# about 1/7, as for a box moved by half its width and half its height). And draw the decoded targets of four pictures before training: the shift is seen at once.
# ### END SOLUTION

# %% tags=["download"]
# On Colab this downloads your work, to hand it in. Elsewhere it does nothing: there the notebook is a file already.
from utils import colab

colab.download("08_localisation_and_detection.ipynb")
