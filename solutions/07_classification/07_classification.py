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
# # Assignment 07 · Classification

# %% [markdown] tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/exercises/07_classification/07_classification.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/exercises/07_classification/07_classification.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/exercises/07_classification/07_classification.ipynb)
#
# 100 points · 8 tasks graded by tests

# %% [markdown] nbgrader={"grade": false, "grade_id": "intro", "locked": true, "schema_version": 3, "solution": false, "task": false}
# In the lecture you used measures; here you build them, from nothing but counting. Then you open a network, and fool one.
#
# | task | you write | points |
# | --- | --- | ---: |
# | 1 | `confusion_matrix`, `error_rate`, `balanced_error_rate` | 14 |
# | 2 | `top_k_accuracy`, `error_by_group` | 10 |
# | 3 | `roc`: the curve, ties included | 16 |
# | 4 | `area`, `ranking_probability`: AUC, both ways | 10 |
# | 5 | `precision_recall`, `average_precision` | 14 |
# | 6 | `cheapest_threshold`: what mistakes cost | 8 |
# | 7 | `class_activation_maps`, `grad_cam`: where it looks | 10 |
# | 8 | `fgsm`: how to fool it | 8 |
# | 9 | a written answer: 99 % right, and nobody is content | 10 |
# | | | **100** |
#
# **How a task works.** Read the statement, fill the cell under it in place of `raise NotImplementedError`,
# run it, then run the test cell below it. A ✔ is earned; a ✘ says what is wrong. Hidden tests with fresh
# numbers decide the rest of the points, so an answer that only fits the numbers you see earns few of them.
#
# **Stuck?** Each task has three hints, from a nudge to nearly there. They cost nothing.
#
# **The tasks are marked independently**, and all measures are to be built by yourself: calls to scikit-learn, SciPy's
# statistics or `utils.metrics` earn nothing. PyTorch's own operations (`sort`, `cumsum`, `bincount`, …) are welcome.
#
# **Names**, the same everywhere: $N$ examples, $C$ classes. For two classes, `scores` is a tensor of shape $(N)$,
# float, higher for those that look positive, and `positives` a tensor of shape $(N)$, bool: those that truly are. An
# example is *called* positive if its score is **at least** the threshold.

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


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_confusion", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 1 · Which mistakes, and how many? (14 points)
#
# Everything that can be counted about answers stands in one matrix: row $i$, column $j$ holds how many examples of the
# **true** class $i$ were **predicted** as class $j$.
#
# Write three functions.
#
# - `confusion_matrix(predictions, labels, classes)`: two tensors of shape $(N)$, int64, with numbers from 0 to
#   `classes - 1`. It returns a tensor of shape `(classes, classes)`, int64. Classes that do not occur have their row and
#   column too.
# - `error_rate(matrix)`: the part of all examples that were put into a wrong class, a `float`.
# - `balanced_error_rate(matrix)`: the mean over the classes of the error rate *within* each class, a `float`:
#
# $$\text{BER} = \frac{1}{C} \sum_{i} \left(1 - \frac{M_{ii}}{\sum_j M_{ij}}\right)$$
#
#   If a class has no examples its error rate is not known. Then it raises `ValueError`, and the message **holds the
#   number of such a class**.
#
# **Worked example.** Labels 0, 0, 0, 1 and predictions 0, 0, 1, 1 give $\begin{pmatrix} 2 & 1 \\ 0 & 1 \end{pmatrix}$:
# an error rate of $1/4$, and a BER of $(1/3 + 0)/2 = 1/6$.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_confusion", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# A matrix of zeros, and for each example one cell goes up by 1. Which of the two numbers names the row? Right answers lie
# on the diagonal: `matrix.diag()`, `matrix.trace()`.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `matrix[labels, predictions] += 1` looks clever, but if a pair occurs three times the cell goes up by 1 only. A loop over
# the examples is fine; so is giving each pair a number of its own, `labels * classes + predictions`, and counting these.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `torch.bincount(labels * classes + predictions, minlength=classes ** 2).reshape(classes, classes)`. Error rates: `1 -
# matrix.trace() / matrix.sum()`, and `1 - matrix.diag() / matrix.sum(1)`, whose mean you want; `.item()` makes a float of
# it. `(matrix.sum(1) == 0).nonzero()` finds empty classes.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "confusion", "locked": false, "schema_version": 3, "solution": true, "task": false}
def confusion_matrix(predictions, labels, classes):
    """How often class i (row) was predicted as class j (column): (classes, classes), int64."""
    ### BEGIN SOLUTION
    pairs = labels * classes + predictions
    return torch.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    ### END SOLUTION


def error_rate(matrix):
    """The part of all examples that were put into a wrong class."""
    ### BEGIN SOLUTION
    return 1 - (matrix.trace() / matrix.sum()).item()
    ### END SOLUTION


def balanced_error_rate(matrix):
    """The mean of the classes' own error rates; ValueError if a class has no examples."""
    ### BEGIN SOLUTION
    examples = matrix.sum(1)
    if (examples == 0).any():
        absent = (examples == 0).nonzero().flatten().tolist()
        raise ValueError(f"there are no examples of the classes {absent}: their error rates are not known")
    return (1 - matrix.diag() / examples).mean().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_confusion", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks, metrics

task = checks.task(14)
generator = torch.Generator().manual_seed(701)


def _own(function, *arguments):
    trace = checks.trace(function, *arguments)
    checks.avoids(trace, "sklearn", "utils.metrics", "scipy", instead="count the examples yourself")
    return trace.value


def _check_matrix(predictions, labels, classes, call):
    right = metrics.confusion_matrix(predictions, labels, classes)
    misconceptions = {
        "rows and columns are swapped: a row is a true class": right.T.contiguous(),
        "`matrix[labels, predictions] += 1` counts a pair once, however often it occurs": (right > 0).long(),
        "the right answers are missing: they belong on the diagonal": right - right.diag().diag(),
        "only the right answers are counted": right.diag().diag(),
        "counts are whole numbers, not parts": right / right.sum(),
    }
    checks.close(_own(confusion_matrix, predictions, labels, classes), right, call, mistakes=misconceptions)


def _check_rates(matrix):
    right, balanced, shown = metrics.error_rate(matrix), metrics.balanced_error_rate(matrix), matrix.tolist()
    misconceptions = {
        "that is the accuracy: the error rate is the rest": 1 - right,
        "that is a number of mistakes; a rate is a part of all examples": right * matrix.sum().item(),
        "that is in percent; a rate lies between 0 and 1": 100 * right,
        "that is the balanced error rate": balanced,
    }
    checks.close(_own(error_rate, matrix), right, f"error_rate({shown})", mistakes=misconceptions)
    misconceptions = {
        "that is the plain error rate: here each class weighs the same": right,
        "that is the balanced accuracy: the error is the rest": 1 - balanced,
        "that is the sum over the classes, not the mean": balanced * len(matrix),
        "you divide by the columns, those predicted as a class; a class's own examples are its row": metrics.balanced_error_rate(
            matrix.T
        ),
    }
    call = f"balanced_error_rate({shown})"
    checks.close(_own(balanced_error_rate, matrix), balanced, call, mistakes=misconceptions)


def _draw(count, classes):
    labels = torch.randint(classes, (count,), generator=generator)
    kept = torch.rand(count, generator=generator) < 0.6
    return torch.where(kept, labels, torch.randint(classes, (count,), generator=generator)), labels


with task.part(2, "the matrix of the worked example"):
    _check_matrix(
        torch.tensor([0, 0, 1, 1]), torch.tensor([0, 0, 0, 1]), 2, "labels 0 0 0 1, predictions 0 0 1 1"
    )

with task.part(3, "its two error rates"):
    _check_rates(torch.tensor([[2, 1], [0, 1]]))

### BEGIN HIDDEN TESTS
with task.part(3, "fresh matrices"):
    for count, classes in [(40, 3), (200, 7), (25, 4)]:
        _check_matrix(*_draw(count, classes), classes, f"{count} examples of {classes} classes")

with task.part(1, "classes that do not occur, and no examples at all"):
    _check_matrix(torch.tensor([1, 1, 0]), torch.tensor([0, 1, 1]), 5, "classes=5, of which 0 and 1 occur")
    none = torch.zeros(0, dtype=torch.int64)
    checks.close(_own(confusion_matrix, none, none, 3), torch.zeros(3, 3, dtype=torch.int64), "no examples")

with task.part(3, "fresh error rates, one class rare"):
    for matrix in [[[97, 3], [4, 1]], [[30, 0, 2], [5, 5, 1], [0, 3, 3]], [[0, 6], [1, 9]]]:
        _check_rates(torch.tensor(matrix))

with task.part(2, "a class without examples"):
    _check_rates(torch.tensor([[5, 1], [0, 3]]))
    checks.raises(
        ValueError, balanced_error_rate, torch.tensor([[5, 1, 0], [0, 0, 0], [1, 0, 2]]), mentions=("1",)
    )
    checks.raises(ValueError, balanced_error_rate, torch.tensor([[5, 0], [0, 0]]), mentions=("1",))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_top_k", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 2 · Nearly right, and wrong for whom? (10 points)
#
# Two more ways to count.
#
# `top_k_accuracy(scores, labels, k)` gets scores of shape $(N, C)$ and labels of shape $(N)$, int64. It returns, as a
# `float`, the part of the examples whose true class is among the $k$ best scores. **A tie is no find:** the true class is
# among the $k$ best only if fewer than $k$ *other* classes have a score at least as high. (So a network that gives all
# classes the same score has found nothing, until $k = C$.)
#
# `error_by_group(predictions, labels, groups)` gets two tensors of shape $(N)$ and a list of $N$ names. It returns a
# dictionary: for each name that occurs, the error rate *within* that group, a `float`.
#
# **Worked example.** Scores $(3, 1, 2)$: the top-2 classes are 0 and 2. Scores $(2, 2, 1)$ with the true class 0: for
# $k = 1$ that is no find, as class 1 scores as high; for $k = 2$ it is. Groups a, a, b of which the second and third are
# wrong: `{"a": 0.5, "b": 1.0}`.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_top_k", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# For each example: how many other classes score at least as high as the true one? No sorting is needed.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `scores.gather(1, labels[:, None])` is the score of the true class, shape $(N, 1)$, and compares with all scores at once. For
# the groups: a dictionary of lists, or the set of names and a mask for each.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `(scores >= own).sum(1)` counts the true class itself too, so the example is found if that is at most $k$. Groups: `for name
# in set(groups): members = [i for i, g in enumerate(groups) if g == name]`, then the mean of `predictions[members] !=
# labels[members]`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "top_k", "locked": false, "schema_version": 3, "solution": true, "task": false}
def top_k_accuracy(scores, labels, k):
    """The part of the examples whose class is among the k best; a tie is no find."""
    ### BEGIN SOLUTION
    own = scores.gather(1, labels[:, None])
    not_worse = (scores >= own).sum(1)  # the true class itself among them
    return (not_worse <= k).float().mean().item()
    ### END SOLUTION


def error_by_group(predictions, labels, groups):
    """The error rate within each group: a dictionary from its name."""
    ### BEGIN SOLUTION
    mistakes = {}
    for name, wrong in zip(groups, (predictions != labels).tolist()):
        mistakes.setdefault(name, []).append(wrong)
    return {name: sum(wrong) / len(wrong) for name, wrong in mistakes.items()}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_top_k", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks, metrics

task = checks.task(10)
generator = torch.Generator().manual_seed(702)


def _own(function, *arguments):
    trace = checks.trace(function, *arguments)
    checks.avoids(trace, "sklearn", "utils.metrics", "scipy", instead="count the examples yourself")
    return trace.value


def _found(scores, labels, k, favour=0.0):
    """With a little in favour of the true class, ties are won."""
    if k < 1:
        return 0.0
    favoured = scores.double() + favour * torch.nn.functional.one_hot(labels, scores.shape[1])
    return metrics.top_k_accuracy(favoured, labels, min(k, scores.shape[1]))


def _check_top(scores, labels, k, call):
    right = _found(scores, labels, k)
    classes = scores.shape[1]
    misconceptions = {
        "a tie is no find: a class that scores as high stands before the true one": _found(
            scores, labels, k, favour=1e-6
        ),
        "that is the top-1 accuracy, whatever k is": _found(scores, labels, 1),
        "that is the error rate, not the accuracy": 1 - right,
        "you take one class too many: the true class may have at most k - 1 others before it": _found(
            scores, labels, k + 1
        ),
        "you take one class too few": _found(scores, labels, k - 1),
        "these are the k worst scores": _found(-scores, labels, k),
        "that is a number of examples, not a part": right * len(labels),
        "the score must be that of the example's own class": _found(scores, (labels + 1) % classes, k),
    }
    checks.close(_own(top_k_accuracy, scores, labels, k), right, call, mistakes=misconceptions)


def _check_groups(predictions, labels, groups, call):
    found = metrics.error_rate_by_group(predictions, labels, groups)
    right = {name: rate for name, (rate, _) in found.items()}
    mistakes = {name: rate * size for name, (rate, size) in found.items()}
    total = sum(mistakes.values()) or 1
    misconceptions = {
        "that is each group's share of all mistakes; divide by the size of the group": {
            n: m / total for n, m in mistakes.items()
        },
        "you divide by the number of all examples; divide by the size of the group": {
            n: m / len(groups) for n, m in mistakes.items()
        },
        "that is the accuracy of each group": {n: 1 - r for n, r in right.items()},
        "that is a number of mistakes, not a part": mistakes,
    }
    checks.close(_own(error_by_group, predictions, labels, groups), right, call, mistakes=misconceptions)


with task.part(2, "top 1 and top 2, and a tie"):
    _few = torch.tensor([[3.0, 1.0, 2.0], [3.0, 1.0, 2.0], [2.0, 2.0, 1.0], [0.0, 5.0, 1.0]])
    for k in (1, 2):
        _check_top(_few, torch.tensor([0, 2, 0, 0]), k, f"top_k_accuracy of four examples, k={k}")

with task.part(2, "the groups of the worked example"):
    _check_groups(torch.tensor([1, 0, 0]), torch.tensor([1, 1, 2]), ["a", "a", "b"], "groups a, a, b")

### BEGIN HIDDEN TESTS
with task.part(3, "fresh scores, with and without ties"):
    for count, classes, levels in [(60, 5, 4), (80, 9, 1000), (50, 4, 3)]:
        scores = torch.randint(levels, (count, classes), generator=generator) / 4
        labels = torch.randint(classes, (count,), generator=generator)
        for k in (1, 2, 3):
            _check_top(scores, labels, k, f"{count} examples of {classes} classes, k={k}")

with task.part(1, "equal scores everywhere"):
    for k, right in ((1, 0.0), (3, 0.0), (4, 1.0)):
        result = _own(top_k_accuracy, torch.zeros(6, 4), torch.tensor([0, 1, 2, 3, 0, 3]), k)
        words = "a tie is no find: a network that says the same of all classes has found nothing"
        checks.close(result, right, f"scores of zeros, 4 classes, k={k}", mistakes={words: 1.0})

with task.part(2, "fresh groups of unequal sizes"):
    for names, count in ((["noto", "twemoji", "fluent"], 60), (["F", "M"], 31)):
        picks = (
            torch.randint(len(names) + 1, (count,), generator=generator).clamp(max=len(names) - 1).tolist()
        )
        predictions, labels = (torch.randint(3, (count,), generator=generator) for _ in range(2))
        _check_groups(
            predictions, labels, [names[i] for i in picks], f"{count} examples, groups {', '.join(names)}"
        )
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_roc", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 3 · All thresholds at once (16 points)
#
# Let the threshold sink from above the highest score to the lowest, and note each time
#
# $$\text{FPR} = \frac{\text{negatives with score} \ge t}{\text{all negatives}} \qquad
# \text{TPR} = \frac{\text{positives with score} \ge t}{\text{all positives}}$$
#
# Write `roc(scores, positives)`. It returns three tensors of equal length, of any floating type: **false positive rates,
# true positive rates, thresholds**, in this order, from the highest threshold to the lowest. The first point is
# $(0, 0)$ at the threshold infinity (`torch.inf`). Then comes **one point for each different score**, with that score as
# threshold; the last is $(1, 1)$.
#
# Examples with **equal scores** cannot be parted by any threshold: they come in one step, and the curve must not depend on
# the order in which they stand.
#
# If there are no positives or no negatives, a rate would be a part of nothing: then it raises `ValueError`, and the message
# **holds the number of positives and the number of negatives**.
#
# **Worked example.** Scores 0.9, 0.6, 0.6, 0.1, of which the first and third are positive: the points are $(0, 0)$ at
# $\infty$, $(0, 0.5)$ at 0.9, $(0.5, 1)$ at 0.6 and $(1, 1)$ at 0.1.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_roc", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Do not walk through the examples; walk through the *different scores*, from the highest down. At each of them, count.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `scores.unique()` gives the different scores in rising order, `.flip(0)` turns them round. For one threshold `t`,
# `(scores >= t) & positives` are the positives that are found. A loop over thresholds is fine.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `thresholds = torch.cat([torch.tensor([torch.inf]), scores.unique().flip(0)])`, then with `called = scores >=
# thresholds[:, None]` (a row for each threshold): `(called & positives).sum(1) / positives.sum()`, and the same with
# `~positives`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "roc", "locked": false, "schema_version": 3, "solution": true, "task": false}
def roc(scores, positives):
    """False positive rates, true positive rates and thresholds, from the highest threshold down; equal scores make one point."""
    ### BEGIN SOLUTION
    found, false = int(positives.sum()), int((~positives).sum())
    if not found or not false:
        raise ValueError(f"{found} positives and {false} negatives: both rates need at least one")
    start = torch.tensor([torch.inf], dtype=scores.dtype)
    thresholds = torch.cat([start, scores.unique().flip(0)])
    called = scores >= thresholds[:, None]
    return (called & ~positives).sum(1) / false, (called & positives).sum(1) / found, thresholds
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_roc", "locked": true, "points": 16, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks, metrics

task = checks.task(16)
generator = torch.Generator().manual_seed(703)


def _curve(scores, positives):
    trace = checks.trace(roc, scores, positives)
    checks.avoids(trace, "sklearn", "utils.metrics", "scipy", instead="count at each threshold yourself")
    parts = [checks.item(trace.value, i, "what roc returns") for i in range(3)]
    return [part.double() if isinstance(part, torch.Tensor) else part for part in parts]


def _check(call, scores, positives):
    scores = scores.double()
    false_rate, true_rate, thresholds = metrics.roc(scores, positives)
    all_false, all_true = (~positives).sum(), positives.sum()
    false, true = false_rate * all_false, true_rate * all_true
    got = _curve(scores, positives)
    counts = {
        "examples with equal scores cannot be parted by a threshold: they make one point together": len(
            scores
        )
        + 1,
        "the start is missing: (0, 0) at the threshold infinity": len(thresholds) - 1,
        "each example has a point, and the start is missing": len(scores),
    }
    if isinstance(got[0], torch.Tensor):
        checks.equal(len(got[0]), len(thresholds), f"the number of points for {call}", mistakes=counts)
    one_late = torch.cat([torch.zeros(1), false_rate[:-1]])
    misconceptions = {
        "the rates are swapped: false positives come first": true_rate,
        "the curve runs from the lowest threshold up: turn it round": false_rate.flip(0),
        "a score equal to the threshold counts as positive: >=, not >": one_late,
        "false positives are a part of the negatives, not of all examples": false / len(scores),
        "false positives are a part of the negatives, not of the positives": false / all_true,
        "those are counts; divide by the number of negatives": false,
    }
    checks.close(got[0], false_rate, f"false positive rates for {call}", mistakes=misconceptions)
    misconceptions = {
        "that is the precision: the true positive rate is a part of the positives": true
        / (true + false).clamp(min=1),
        "true positives are a part of the positives, not of all examples": true / len(scores),
        "those are counts; divide by the number of positives": true,
    }
    checks.close(got[1], true_rate, f"true positive rates for {call}", mistakes=misconceptions)
    largest = torch.cat([thresholds[1:2] + 1, thresholds[1:]])
    misconceptions = {"the first threshold is infinity: nothing can be at least that": largest}
    checks.close(got[2], thresholds, f"thresholds for {call}", mistakes=misconceptions)


def _draw(count, levels, share=0.4):
    scores = torch.randint(levels, (count,), generator=generator) / 8 - 1
    positives = torch.rand(count, generator=generator) < share
    positives[:2] = torch.tensor([True, False])
    return scores, positives


with task.part(3, "scores without ties"):
    _check(
        "scores 0.9 0.7 0.4 0.2", torch.tensor([0.4, 0.9, 0.2, 0.7]), torch.tensor([False, True, False, True])
    )
    _check(
        "scores 3 2 1, the best negative", torch.tensor([1.0, 3.0, 2.0]), torch.tensor([True, False, True])
    )

with task.part(3, "the worked example, with a tie"):
    _check(
        "scores 0.9 0.6 0.6 0.1", torch.tensor([0.9, 0.6, 0.6, 0.1]), torch.tensor([True, False, True, False])
    )

with task.part(1, "one kind only: an error"):
    _curve(torch.tensor([1.0, 2.0]), torch.tensor([True, False]))
    checks.raises(
        ValueError, roc, torch.tensor([1.0, 2.0, 3.0]), torch.tensor([True] * 3), mentions=("3", "0")
    )

### BEGIN HIDDEN TESTS
with task.part(5, "40 fresh cases, most with ties"):
    for number in range(40):
        count = 3 + 2 * number
        scores, positives = _draw(count, (3, 9, 40, 4000)[number % 4])
        _check(f"{count} examples with {len(scores.unique())} different scores", scores, positives)

with task.part(2, "the order of the examples does not matter"):
    scores, positives = _draw(30, 4)
    shuffled = torch.randperm(30, generator=generator)
    _check("30 examples with 4 different scores", scores, positives)
    _check("the same in another order", scores[shuffled], positives[shuffled])
    by_kind = positives.long().argsort()
    _check("the same, negatives first", scores[by_kind], positives[by_kind])

with task.part(1, "equal scores for all, and a perfect ranking"):
    _check("6 equal scores", torch.full((6,), 0.25), torch.arange(6) < 2)
    _check("a perfect ranking of 8", torch.arange(8.0), torch.arange(8) > 4)

with task.part(1, "no positives: an error, too"):
    _curve(torch.tensor([1.0, 2.0]), torch.tensor([True, False]))
    checks.raises(ValueError, roc, torch.arange(7.0), torch.zeros(7, dtype=torch.bool), mentions=("0", "7"))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_auc", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 4 · The area, both ways (10 points)
#
# The area under a ROC curve is the probability that a random positive scores higher than a random negative. Compute both
# sides of this sentence, each from its own definition.
#
# `area(x, y)` gets the points of a curve, two tensors of shape $(M)$, $x$ from left to right. Between two points the curve
# is straight. It returns the area under it, a `float`:
#
# $$\sum_{m} (x_{m} - x_{m-1}) \, \frac{y_m + y_{m-1}}{2}$$
#
# `ranking_probability(scores, positives)` returns, as a `float`, the part of all pairs (one positive, one negative) in
# which the positive has the higher score. **A tie counts one half.**
#
# **Worked example.** Positives score 3 and 2, negatives 2 and 1. Of the four pairs three are right and one is a tie:
# $3.5/4 = 0.875$. Their ROC curve is $(0, 0), (0, 0.5), (0.5, 1), (1, 1)$, and the area under it is $0.375 + 0.5$, the
# same.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_auc", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Area: a sum over the pieces between neighbouring points, each a width times a mean height. Pairs: compare every positive
# with every negative.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `x[1:] - x[:-1]` (or `x.diff()`) are the widths. `scores[positives][:, None]` is a column, `scores[~positives]` a row: what
# does comparing them give?
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `(x.diff() * (y[1:] + y[:-1]) / 2).sum().item()`. With `differences = scores[positives][:, None] - scores[~positives]`: the
# mean of `(differences > 0) + (differences == 0) / 2`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "auc", "locked": false, "schema_version": 3, "solution": true, "task": false}
def area(x, y):
    """The area under the straight lines between the points (x, y)."""
    ### BEGIN SOLUTION
    return (x.diff() * (y[1:] + y[:-1]) / 2).sum().item()
    ### END SOLUTION


def ranking_probability(scores, positives):
    """The part of all pairs of a positive and a negative that are ranked right; a tie counts one half."""
    ### BEGIN SOLUTION
    differences = scores[positives][:, None] - scores[~positives]
    return ((differences > 0).double() + (differences == 0).double() / 2).mean().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_auc", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks, metrics

task = checks.task(10)
generator = torch.Generator().manual_seed(704)


def _own(function, *arguments):
    trace = checks.trace(function, *arguments)
    checks.avoids(trace, "sklearn", "utils.metrics", "scipy", instead="build it from its definition")
    return trace.value


def _check_area(call, x, y):
    widths, right = x.diff(), torch.trapezoid(y, x).item()
    misconceptions = {
        "between two points the curve is straight: take the mean of both heights, not the left one": (
            widths * y[:-1]
        )
        .sum()
        .item(),
        "between two points the curve is straight: take the mean of both heights, not the right one": (
            widths * y[1:]
        )
        .sum()
        .item(),
        "the widths differ: weigh each height by its width": y.mean().item(),
        "x and y are swapped": torch.trapezoid(x, y).item(),
        "that is the area between the curve and the diagonal": right - 0.5,
        "that is the area above the curve": 1 - right,
    }
    checks.close(_own(area, x, y), right, call, mistakes=misconceptions)


def _check_ranking(call, scores, positives):
    pairs = int(positives.sum() * (~positives).sum())
    # ties are lost if every positive scores a little less
    won = round(pairs * metrics.ranking_probability(scores.double() - 1e-6 * positives, positives))
    right = metrics.ranking_probability(scores, positives)
    tied = round(2 * (pairs * right - won))
    misconceptions = {
        "a tie counts one half, not nothing": won / pairs,
        "a tie counts one half, not one": (won + tied) / pairs,
        "you leave tied pairs out: they count one half, and as pairs": won / max(pairs - tied, 1),
        "the positive should score higher: you count the pairs the other way round": 1 - right,
        "a pair is one positive and one negative, not any two examples": (won + tied / 2)
        / (len(scores) * (len(scores) - 1) / 2),
        "divide by the number of pairs: positives times negatives": (won + tied / 2) / len(scores) ** 2,
    }
    result = _own(ranking_probability, scores, positives)
    checks.close(result, right, call, mistakes=misconceptions)


def _curve(count):
    """Points from (0, 0) to (1, 1) that rise, at unequal distances."""
    steps = torch.rand(2, count, generator=generator, dtype=torch.float64) * (
        torch.rand(2, count, generator=generator) < 0.7
    )
    steps[:, -1] += 0.1
    return torch.cat(
        [torch.zeros(2, 1, dtype=torch.float64), steps.cumsum(1) / steps.sum(1, keepdim=True)], dim=1
    )


with task.part(2, "the area of the worked example"):
    x, y = torch.tensor([0, 0, 0.5, 1]).double(), torch.tensor([0, 0.5, 1, 1]).double()
    _check_area("the curve (0, 0) (0, 0.5) (0.5, 1) (1, 1)", x, y)

with task.part(2, "its four pairs"):
    _check_ranking(
        "scores 3 2 2 1", torch.tensor([3.0, 2.0, 2.0, 1.0]), torch.tensor([True, True, False, False])
    )

### BEGIN HIDDEN TESTS
with task.part(2, "the area under fresh curves"):
    for count in (3, 8, 25, 60):
        _check_area(f"a curve of {count + 1} points", *_curve(count))

with task.part(3, "fresh pairs, with and without ties"):
    for count, levels, share in [(20, 4, 0.3), (45, 6, 0.5), (60, 1000, 0.2), (33, 2, 0.4)]:
        scores = torch.randint(levels, (count,), generator=generator) / 4 - 1
        positives = torch.rand(count, generator=generator) < share
        positives[:2] = torch.tensor([True, False])
        _check_ranking(f"{count} examples with {len(scores.unique())} different scores", scores, positives)

with task.part(1, "all alike, and perfect"):
    _check_ranking("5 equal scores", torch.zeros(5), torch.arange(5) < 2)
    _check_ranking("one of each kind", torch.tensor([0.25, 0.5]), torch.tensor([False, True]))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_average_precision", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 5 · When positives are rare (14 points)
#
# The measure by which detectors are compared. At each threshold,
#
# $$\text{precision} = \frac{\text{positives called positive}}{\text{all called positive}} \qquad
# \text{recall} = \frac{\text{positives called positive}}{\text{all positives}}$$
#
# `precision_recall(scores, positives, missed=0)` returns three tensors of any floating type: **precision, recall,
# thresholds**, one entry for each different score, from the highest down. No point is added at the start: where nothing is
# called positive, precision does not exist. `missed` is a number of further positives that have **no score at all**, such as
# objects for which a detector proposed nothing: they are among "all positives" and never found.
#
# `average_precision(scores, positives, missed=0)` returns a `float`. Each rise of the recall counts with the precision at
# the threshold that brought it, where $R_0 = 0$:
#
# $$\text{AP} = \sum_{n=1} (R_n - R_{n-1}) \, P_n$$
#
# You may take it that there is at least one score and one positive, counting those missed.
#
# **Worked example.** Scores 5, 4, 3, 2, of which 5 and 3 are positive: precision $1, 1/2, 2/3, 1/2$, recall $1/2, 1/2, 1, 1$.
# So $\text{AP} = \frac12 \cdot 1 + \frac12 \cdot \frac23 = 5/6$. With `missed=2` the recalls are halved: $1/4, 1/4, 1/2, 1/2$,
# and the AP is $5/12$.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_average_precision", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# As in task 3: one entry for each different score, because equal scores move together. What is divided by what is all that
# changes.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `called = scores >= scores.unique().flip(0)[:, None]` has a row for each threshold. How many are called, and how many of them
# are positive?
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `found = (called & positives).sum(1)`: precision is `found / called.sum(1)`, recall `found / (positives.sum() + missed)`.
# For the AP put a 0 before the recalls: `(torch.cat([torch.zeros(1), recall]).diff() * precision).sum().item()`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "average_precision", "locked": false, "schema_version": 3, "solution": true, "task": false}
def precision_recall(scores, positives, missed=0):
    """Precision, recall and thresholds, one entry for each different score, from the highest down."""
    ### BEGIN SOLUTION
    thresholds = scores.unique().flip(0)
    called = scores >= thresholds[:, None]
    found = (called & positives).sum(1).double()
    return found / called.sum(1), found / (positives.sum() + missed), thresholds
    ### END SOLUTION


def average_precision(scores, positives, missed=0):
    """The sum over the rises of recall, each times the precision at its threshold."""
    ### BEGIN SOLUTION
    precision, recall, _ = precision_recall(scores, positives, missed)
    return (recall.diff(prepend=torch.zeros(1, dtype=recall.dtype)) * precision).sum().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_average_precision", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks, metrics

task = checks.task(14)
generator = torch.Generator().manual_seed(705)
ties = "examples with equal scores cannot be parted by a threshold: they make one entry together"


def _own(function, *arguments):
    trace = checks.trace(function, *arguments)
    checks.avoids(trace, "sklearn", "utils.metrics", "scipy", instead="count at each threshold yourself")
    return trace.value


def _expected(scores, positives, missed):
    found, false, thresholds = metrics.counts(scores, positives)
    return found, found + false, positives.double().sum() + missed, thresholds


def _check_curve(call, scores, positives, missed=0):
    found, called, total, thresholds = _expected(scores, positives, missed)
    precision, recall = found / called, found / total
    got = _own(precision_recall, scores, positives, missed)
    got = [checks.item(got, i, "what precision_recall returns") for i in range(3)]
    got = [part.double() if isinstance(part, torch.Tensor) else part for part in got]
    counts = {ties: len(scores), "no point is added at the start or the end": len(thresholds) + 1}
    if isinstance(got[0], torch.Tensor):
        checks.equal(len(got[0]), len(thresholds), f"the number of entries for {call}", mistakes=counts)
    misconceptions = {
        "precision and recall are swapped": recall,
        "it runs from the lowest threshold up: turn it round": precision.flip(0),
        "precision is a part of those called positive, not of all examples": found / len(scores),
        "missed positives are not called positive: they do not enter the precision": found
        / (called + missed),
    }
    checks.close(got[0], precision, f"precision for {call}", mistakes=misconceptions)
    misconceptions = {
        "the missed positives are positives too: recall is a part of all of them": found / positives.sum(),
        "recall is a part of the positives, not of all examples": found / len(scores),
    }
    checks.close(got[1], recall, f"recall for {call}", mistakes=misconceptions)
    checks.close(got[2], thresholds.double(), f"thresholds for {call}")


def _one_by_one(scores, positives, missed, favour):
    """AP if a trifle parts equal scores, in favour of the positives or against them."""
    trifle = favour * positives + 1e-9 * torch.arange(len(scores))
    return metrics.average_precision(scores.double() + trifle, positives, missed=missed)


def _check_average(call, scores, positives, missed=0):
    found, called, total, _ = _expected(scores, positives, missed)
    precision, recall = found / called, found / total
    rises = recall.diff(prepend=torch.zeros(1, dtype=torch.float64))
    right = metrics.average_precision(scores, positives, missed=missed)
    best_later = precision.flip(0).cummax(0).values.flip(0)
    zero, one = torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    straight = [
        torch.trapezoid(torch.cat([first, precision]), torch.cat([zero, recall])).item()
        for first in (one, precision[:1])
    ]
    misconceptions = {
        ties: _one_by_one(scores, positives, missed, 1e-6),
        ties + " (your sum depends on their order)": _one_by_one(scores, positives, missed, -1e-6),
        "missed positives are never found: all positives are those with a score and the missed": right
        * (total / positives.double().sum()).item(),
        "these are straight lines between the points; take steps": straight[0],
        "these are straight lines between the points, without the first rise from 0": straight[1]
        - (recall[0] * precision[0]).item(),
        "these are straight lines between the points; take a step with the precision of its end": straight[1],
        "that is the mean of all precisions; only rises of the recall count, each with its size": precision.mean().item(),
        "the first rise is missing: recall begins at 0": (rises[1:] * precision[1:]).sum().item(),
        "each rise counts with the precision at its end, not at its beginning": (rises[1:] * precision[:-1])
        .sum()
        .item(),
        "do not replace a precision by the best at a higher recall: nothing is interpolated here": (
            rises * best_later
        )
        .sum()
        .item(),
    }
    checks.close(_own(average_precision, scores, positives, missed), right, call, mistakes=misconceptions)


def _draw(count, levels, share=0.3):
    scores = torch.randint(levels, (count,), generator=generator) / 8
    positives = torch.rand(count, generator=generator) < share
    positives[scores.argmin()] = True
    return scores, positives


small, which = torch.tensor([3.0, 5.0, 2.0, 4.0]), torch.tensor([True, True, False, False])

with task.part(2, "precision and recall of the worked example"):
    _check_curve("scores 5 4 3 2, of which 5 and 3 are positive", small, which)

with task.part(2, "its average precision, and with missed=2"):
    _check_average("AP of scores 5 4 3 2, of which 5 and 3 are positive", small, which)
    _check_average("the same with missed=2", small, which, 2)

### BEGIN HIDDEN TESTS
with task.part(3, "fresh curves, with and without ties"):
    for count, levels, missed in [(20, 1000, 0), (40, 6, 0), (60, 9, 3), (7, 2, 1)]:
        scores, positives = _draw(count, levels)
        call = f"{count} examples with {len(scores.unique())} different scores, missed={missed}"
        _check_curve(call, scores, positives, missed)

with task.part(3, "average precision without ties"):
    for count, missed in [(12, 0), (30, 0), (50, 4)]:
        scores = torch.randperm(count, generator=generator) / 8
        positives = torch.rand(count, generator=generator) < 0.3
        positives[scores.argmin()] = True
        _check_average(f"AP of {count} examples, missed={missed}", scores, positives, missed)

with task.part(3, "average precision with ties"):
    for count, levels, missed in [(15, 3, 0), (40, 5, 0), (60, 8, 2)]:
        scores, positives = _draw(count, levels)
        _check_average(
            f"AP of {count} examples with {len(scores.unique())} different scores, missed={missed}",
            scores,
            positives,
            missed,
        )

with task.part(1, "nothing found but misses, and all alike"):
    _check_average(
        "AP where no scored example is positive, missed=3",
        torch.arange(4.0),
        torch.zeros(4, dtype=torch.bool),
        3,
    )
    _check_average("AP of 8 equal scores, 2 positive", torch.zeros(8), torch.arange(8) < 2)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_cheapest_threshold", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 6 · What do mistakes cost? (8 points)
#
# A false alarm costs `false_positive`, a miss costs `false_negative`, both at least 0. Right answers cost nothing.
#
# Write `cheapest_threshold(scores, positives, false_positive, false_negative)`. It tries each different score as a
# threshold, and infinity, at which nothing is called positive. It returns two floats: **the threshold** with the least cost,
# and **that cost as a mean over all examples**. Of several thresholds that cost the same, it takes the **highest**.
#
# **Worked example.** Scores 4, 3, 2, 1, of which 4 and 2 are positive; a false alarm costs 1, a miss 3. At 4 there is one
# miss: $3/4$. At 3 a miss and a false alarm: $4/4$. At 2 one false alarm: $1/4$, the least. At 1: $2/4$. At infinity:
# $6/4$. So the answer is $(2.0, 0.25)$. If a miss costs 0, it is $(\infty, 0.0)$.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_cheapest_threshold", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# List the candidates from the highest down, infinity first. For each: who is called positive, which of them wrongly, and who is
# missed?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Two masks do it: `called & ~positives` are the false alarms, `~called & positives` the misses. If you go from the highest
# candidate down and accept only what is *strictly* cheaper, the highest wins a tie.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `for threshold in [math.inf, *sorted(set(scores.tolist()), reverse=True)]:` with `cost = (false_positive * alarms +
# false_negative * misses) / len(scores)`; keep the first that is below the best so far. `math.inf` needs `import math`;
# `torch.inf` and `float("inf")` are the same number.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "cheapest_threshold", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cheapest_threshold(scores, positives, false_positive, false_negative):
    """The threshold whose mistakes cost least, and that cost, a mean over all examples."""
    ### BEGIN SOLUTION
    best = None
    for threshold in [torch.inf, *sorted(set(scores.tolist()), reverse=True)]:
        called = scores >= threshold
        alarms, misses = int((called & ~positives).sum()), int((~called & positives).sum())
        cost = (false_positive * alarms + false_negative * misses) / len(scores)
        if best is None or cost < best[1]:
            best = (threshold, cost)
    return best
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_cheapest_threshold", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks, metrics

task = checks.task(8)
generator = torch.Generator().manual_seed(706)


def _costs(scores, positives, alarm, miss):
    """Every candidate from the highest down, with its cost in all."""
    found, false, thresholds = metrics.counts(scores, positives)
    costs = alarm * false + miss * (found[-1] - found)
    return [(torch.inf, miss * found[-1].item()), *zip(thresholds.tolist(), costs.tolist())]


def _best(costs, count, last=False):
    least = min(cost for _, cost in costs)
    cheapest = [t for t, cost in costs if cost == least]
    return float(cheapest[-1 if last else 0]), least / count


def _check(call, scores, positives, alarm, miss):
    trace = checks.trace(cheapest_threshold, scores, positives, alarm, miss)
    checks.avoids(trace, "sklearn", "utils.metrics", "scipy", instead="try the thresholds yourself")
    costs, count = _costs(scores, positives, alarm, miss), len(scores)
    right = _best(costs, count)
    strictly = [costs[0], *((threshold, before) for (threshold, _), (_, before) in zip(costs[1:], costs))]
    dearest = max(costs, key=lambda pair: pair[1])
    misconceptions = {
        "the two costs are swapped": _best(_costs(scores, positives, miss, alarm), count),
        "of equally cheap thresholds take the highest": _best(costs, count, last=True),
        "that is the cost of all examples together: give the mean": (right[0], right[1] * count),
        "infinity is a candidate too: it may be cheapest to call nothing positive": _best(costs[1:], count),
        "a score equal to the threshold counts as positive: >=, not >": _best(strictly, count),
        "that is the threshold that costs most": (float(dearest[0]), dearest[1] / count),
        "both mistakes have their price: yours only counts mistakes": (
            _best(_costs(scores, positives, 1, 1), count)[0],
            right[1],
        ),
        "both mistakes have their price: yours takes the threshold with the fewest mistakes": _best(
            _costs(scores, positives, 1, 1), count
        ),
    }
    got = trace.value
    pair = tuple(checks.item(got, i, "what cheapest_threshold returns") for i in range(2))
    checks.close(pair, right, call, mistakes=misconceptions)


few, which = torch.tensor([2.0, 4.0, 1.0, 3.0]), torch.tensor([True, True, False, False])

with task.part(3, "the worked example"):
    _check("scores 4 3 2 1, costs 1 and 3", few, which, 1, 3)
    _check("the same, a miss costs 0", few, which, 1, 0)

### BEGIN HIDDEN TESTS
with task.part(3, "fresh examples and prices"):
    for count, levels, alarm, miss in [(32, 12, 1, 5), (64, 30, 7, 2), (50, 9, 3, 3), (16, 1000, 2, 9)]:
        positives = torch.rand(count, generator=generator) < 0.4
        scores = (torch.randint(levels, (count,), generator=generator) + positives * levels // 3) / 4
        _check(f"{count} examples, costs {alarm} and {miss}", scores, positives, alarm, miss)

with task.part(1, "equally cheap: the highest"):
    _check(
        "scores 2 1, of which 1 is positive, costs 1 and 1",
        torch.tensor([2.0, 1.0]),
        torch.tensor([False, True]),
        1,
        1,
    )
    _check(
        "false alarms are free",
        torch.tensor([1.0, 2.0, 3.0, 4.0]),
        torch.tensor([False, True, False, True]),
        0,
        1,
    )

with task.part(1, "so dear that nothing is called positive"):
    _check(
        "a false alarm costs 100",
        torch.tensor([4.0, 3.0, 3.0, 1.0]),
        torch.tensor([False, True, True, False]),
        100,
        1,
    )
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_cam", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 7 · Where does it look? (10 points)
#
# `class_activation_maps(maps, weight, classes)`: for a network that ends with a mean over places and a linear layer. It gets
# the last maps $(B, K, H, W)$, the weights $(C, K)$ of the linear layer, and for each picture the number of a class,
# $(B)$. It returns what each place contributes to that class, $(B, H, W)$:
#
# $$M_b(i, j) = \sum_k w_{c_b k} A_{b k}(i, j)$$
#
# `grad_cam(maps, rest, classes)`: for any network. `rest` is a module that makes scores $(B, C)$ of the maps, as the rest of
# the network does. Let $s_b$ be picture $b$'s score of class $c_b$, the number before any softmax. The gradient, averaged over places,
# gives the weights:
#
# $$\alpha_{b k} = \frac{1}{HW} \sum_{i, j} \frac{\partial s_b}{\partial A_{b k}(i, j)} \qquad
# G_b(i, j) = \max\Big(0, \sum_k \alpha_{b k} A_{b k}(i, j)\Big)$$
#
# It returns a tensor $(B, H, W)$ that needs no gradient, and leaves no gradients behind in the parameters of `rest`.
#
# `rest_of_network` is given, as something to look into; leave it as it is.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_cam", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# `weight[classes]` has a row for each picture. Both maps are the same sum over $k$; only the weights come from elsewhere.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `torch.einsum("bkhw,bk->bhw", maps, rows)` adds over the channels. For Grad-CAM, the maps must be a leaf that needs a
# gradient: `maps.detach().requires_grad_()`. No picture's score depends on another picture's maps, so that you may add the
# scores of the batch and differentiate once.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `scores = rest(maps).gather(1, classes[:, None]).sum()`, `gradient = torch.autograd.grad(scores, maps)[0]`,
# `gradient.mean((2, 3))` are the weights. Then the einsum with `maps.detach()`, and `.relu()`. `torch.autograd.grad` leaves
# the parameters alone, `.backward()` does not.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "cam", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rest_of_network(channels=4, classes=3):
    """Given: what follows the maps, something to look into. (B, channels, H, W) -> scores (B, classes)."""
    return nn.Sequential(
        nn.Conv2d(channels, 5, 3, padding=1),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(5, classes),
    )


def class_activation_maps(maps, weight, classes):
    """What each place contributes to the score of each picture's class: (B, H, W)."""
    ### BEGIN SOLUTION
    return torch.einsum("bkhw,bk->bhw", maps, weight[classes])
    ### END SOLUTION


def grad_cam(maps, rest, classes):
    """The maps, weighted by the mean gradient of the class's score, without what is negative: (B, H, W)."""
    ### BEGIN SOLUTION
    maps = maps.detach().requires_grad_()
    score = rest(maps).gather(1, classes[:, None]).sum()
    alpha = torch.autograd.grad(score, maps)[0].mean((2, 3))
    return torch.einsum("bkhw,bk->bhw", maps.detach(), alpha).relu()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_cam", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F
from torch import nn

from utils import checks

task = checks.task(10)
generator = torch.Generator().manual_seed(707)


def _draw(*shape):
    return torch.randn(*shape, generator=generator)


def _classes(count, classes):
    return torch.randint(classes, (count,), generator=generator)


def _weights(channels, classes):
    shapes = {"0.weight": (5, channels, 3, 3), "0.bias": (5,), "5.weight": (classes, 5), "5.bias": (classes,)}
    return {name: _draw(*shape) for name, shape in shapes.items()}


def _rest(weights, maps):
    hidden = F.avg_pool2d(torch.tanh(F.conv2d(maps, weights["0.weight"], weights["0.bias"], padding=1)), 2)
    return F.linear(hidden.amax((2, 3)), weights["5.weight"], weights["5.bias"])


def _sum(maps, rows):
    return (maps * rows[:, :, None, None]).sum(1)


def _check_cam(maps, weight, classes):
    right = _sum(maps, weight[classes])
    misconceptions = {
        "every picture has a class of its own: take the row of `weight` of its class": _sum(
            maps, weight[classes[:1]].expand(len(maps), -1)
        ),
        "the weights of the class are missing: that is the sum of the maps": maps.sum(1),
        "add over the channels, not their mean": right / maps.shape[1],
        "what speaks against the class stays: no ReLU here": right.relu(),
        "each place by itself: do not divide by the number of places": right / maps[0, 0].numel(),
        "rows and columns are swapped": right.transpose(1, 2).contiguous(),
        "no softmax here: the weights as they are": _sum(maps, weight.softmax(0)[classes]),
    }
    checks.close(
        class_activation_maps(maps, weight, classes),
        right,
        "the class activation maps",
        mistakes=misconceptions,
    )


def _gradient(weights, maps, classes, of):
    leaf = maps.clone().requires_grad_()
    return torch.autograd.grad(of(_rest(weights, leaf)), leaf)[0]


def _check_grad_cam(maps, weights, classes, twice=False):
    rest = rest_of_network(maps.shape[1], len(weights["5.bias"]))
    rest.load_state_dict({name: tensor.clone() for name, tensor in weights.items()})
    result = grad_cam(maps, rest, classes)
    result = grad_cam(maps, rest, classes) if twice else result
    pick = classes[:, None]
    gradient = _gradient(weights, maps, classes, lambda s: s.gather(1, pick).sum())
    alpha = gradient.mean((2, 3))
    of_all = _gradient(weights, maps, classes, lambda s: s.sum()).mean((2, 3))
    best = _gradient(weights, maps, classes, lambda s: s.amax(1).sum()).mean((2, 3))
    probability = _gradient(weights, maps, classes, lambda s: s.softmax(1).gather(1, pick).sum()).mean((2, 3))
    loss = _gradient(weights, maps, classes, lambda s: F.cross_entropy(s, classes, reduction="sum")).mean(
        (2, 3)
    )
    misconceptions = {
        "the negative part must go: a ReLU at the end": _sum(maps, alpha),
        "the gradients are averaged over places first: one weight for each channel": (gradient * maps)
        .sum(1)
        .relu(),
        "the weights are means over places, not sums": _sum(maps, gradient.sum((2, 3))).relu(),
        "the ReLU comes after the sum over channels, not before": (alpha[:, :, None, None] * maps)
        .relu()
        .sum(1),
        "no magnitudes: only the negative part of the sum goes": _sum(maps, alpha).abs(),
        "the weights keep their sign: no magnitudes, no ReLU on them": _sum(maps, alpha.abs()).relu(),
        "the score of the class that was asked for, not of all classes together": _sum(maps, of_all).relu(),
        "the score of the class that was asked for, not of the best one": _sum(maps, best).relu(),
        "the score itself, before any softmax": _sum(maps, probability).relu(),
        "the gradient of the score, not that of the loss": _sum(maps, loss).relu(),
        "multiply the maps by their weights: that is the mean gradient alone": gradient.mean(1).relu(),
        "add over the channels, not their mean": _sum(maps, alpha).relu() / maps.shape[1],
    }
    checks.close(result.detach(), _sum(maps, alpha).relu(), "what grad_cam returns", mistakes=misconceptions)
    checks.equal(result.requires_grad, False, "result.requires_grad")
    return rest


with task.part(2, "class activation maps"):
    _check_cam(_draw(3, 4, 5, 6), _draw(7, 4), torch.tensor([6, 0, 2]))

with task.part(2, "Grad-CAM"):
    _check_grad_cam(_draw(2, 4, 6, 8), _weights(4, 3), torch.tensor([2, 0]))

### BEGIN HIDDEN TESTS
with task.part(2, "fresh class activation maps, a batch of one among them"):
    for count, channels, classes in [(5, 3, 4), (1, 6, 2), (4, 2, 9)]:
        _check_cam(_draw(count, channels, 4, 7), _draw(classes, channels), _classes(count, classes))

with task.part(3, "fresh Grad-CAMs"):
    for count, channels, classes in [(4, 3, 5), (1, 6, 4), (3, 2, 3)]:
        _check_grad_cam(
            _draw(count, channels, 6, 4), _weights(channels, classes), _classes(count, classes), twice=True
        )

with task.part(1, "nothing is left behind"):
    maps, weights = _draw(2, 3, 4, 4), _weights(3, 4)
    before = maps.clone()
    rest = _check_grad_cam(maps, weights, torch.tensor([1, 3]))
    checks.equal(
        [p.grad is None for p in rest.parameters()], [True] * 4, "for each parameter, that it has no gradient"
    )
    checks.close(maps, before, "the maps that were given")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_fgsm", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 8 · How to fool it (8 points)
#
# Write `fgsm(model, images, labels, epsilon)`: the fast gradient sign method. For pictures $(B, \dots)$ with values in
# $[0, 1]$ and their true labels $(B)$,
#
# $$\mathbf{x}' = \text{clip}_{[0, 1]}\big(\mathbf{x} + \varepsilon\,\text{sign}(\nabla_{\mathbf{x}}\, \text{loss}(\mathbf{x}, y))\big)$$
#
# where the loss is the cross-entropy of the model's scores. It returns the changed pictures, in the same shape, as a tensor that
# needs no gradient. The pictures that were given stay as they are, and **no gradients are left behind** in the model's
# parameters.
#
# `tiny_classifier` is given, as something to fool; leave it as it is.
#
# **Worked example.** A pixel of 0.50 whose gradient is $-0.003$ becomes 0.48 at $\varepsilon = 0.02$; one of 0.99 whose gradient
# is positive becomes 1; one whose gradient is exactly 0 stays.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_fgsm", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# You differentiate with respect to the *pictures*, not to the weights: the pictures must be what needs a gradient.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# A copy that needs a gradient: `images.detach().clone().requires_grad_()`. Then scores, `F.cross_entropy`, and
# `torch.autograd.grad(loss, pictures)`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `gradient = torch.autograd.grad(F.cross_entropy(model(x), labels), x)[0]`, then `(images + epsilon *
# gradient.sign()).clamp(0, 1)`. `loss.backward()` would also fill the `.grad` of every parameter.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "fgsm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tiny_classifier(channels=3, classes=4):
    """Given: something to fool. Images (B, channels, 6, 6) -> scores (B, classes)."""
    return nn.Sequential(nn.Conv2d(channels, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(96, classes))


def fgsm(model, images, labels, epsilon):
    """Pictures that differ by at most epsilon in each number, moved to where the loss rises."""
    ### BEGIN SOLUTION
    x = images.detach().clone().requires_grad_()
    gradient = torch.autograd.grad(F.cross_entropy(model(x), labels), x)[0]
    return (x.detach() + epsilon * gradient.sign()).clamp(0, 1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_fgsm", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(8)
generator = torch.Generator().manual_seed(708)


def _weights(channels, classes):
    shapes = {
        "0.weight": (6, channels, 3, 3),
        "0.bias": (6,),
        "3.weight": (classes, 96),
        "3.bias": (classes,),
    }
    return {name: torch.randn(*shape, generator=generator) / 2 for name, shape in shapes.items()}


def _scores(weights, x):
    hidden = F.conv2d(x, weights["0.weight"], weights["0.bias"]).relu().flatten(1)
    return F.linear(hidden, weights["3.weight"], weights["3.bias"])


def _gradient(weights, images, labels, of=F.cross_entropy):
    x = images.clone().requires_grad_()
    return torch.autograd.grad(of(_scores(weights, x), labels), x)[0]


def _pictures(count, channels):
    """Some numbers are 0 or 1 already."""
    return (torch.rand(count, channels, 6, 6, generator=generator) * 1.2 - 0.1).clamp(0, 1)


def _check(weights, images, labels, epsilon):
    model = tiny_classifier(images.shape[1], len(weights["3.bias"]))
    model.load_state_dict({name: tensor.clone() for name, tensor in weights.items()})
    given = images.clone()
    result = fgsm(model, given, labels, epsilon)
    gradient, step = _gradient(weights, images, labels), epsilon
    guessed = _gradient(weights, images, _scores(weights, images).argmax(1))
    norm = gradient.flatten(1).norm(dim=1)[:, None, None, None]
    of_score = _gradient(weights, images, labels, lambda s, y: s.gather(1, y[:, None]).sum())
    probabilities = _gradient(weights, images, labels, lambda s, y: F.cross_entropy(s.softmax(1), y))
    moved = {
        "your step lowers the loss: go up the gradient, not down": -step * gradient.sign(),
        "take the sign of the gradient: yours are steps of its size": step * gradient,
        "take the sign of the gradient, not its direction at length 1": step * gradient / norm,
        "epsilon counts as it is given: do not divide by 255": step / 255 * gradient.sign(),
        "raise the loss of the true label: yours is that of the model's own answer": step * guessed.sign(),
        "the gradient of the loss, not that of the score": step * of_score.sign(),
        "cross_entropy contains the softmax: give it the scores as they are": step * probabilities.sign(),
    }
    misconceptions = {words: (images + change).clamp(0, 1) for words, change in moved.items()}
    misconceptions["clip to [0, 1]: there is nothing blacker than black"] = images + step * gradient.sign()
    misconceptions["return the changed pictures, not the change"] = step * gradient.sign()
    right = (images + step * gradient.sign()).clamp(0, 1)
    checks.close(
        given,
        images,
        "the pictures that were given",
        mistakes={"they were changed in place: work on a copy": right},
    )
    checks.close(
        result.detach(),
        right,
        f"fgsm of {len(images)} pictures, epsilon={epsilon:.3g}",
        mistakes=misconceptions,
    )
    checks.equal(result.requires_grad, False, "result.requires_grad")
    return model


with task.part(3, "two pictures"):
    _check(_weights(3, 4), _pictures(2, 3), torch.tensor([1, 3]), 0.05)

### BEGIN HIDDEN TESTS
with task.part(3, "fresh networks, pictures and steps"):
    for count, channels, classes, epsilon in [(4, 3, 4, 8 / 255), (1, 1, 3, 0.25), (6, 2, 5, 1 / 255)]:
        labels = torch.randint(classes, (count,), generator=generator)
        _check(_weights(channels, classes), _pictures(count, channels), labels, epsilon)

with task.part(1, "no step, no change"):
    images, labels, weights = _pictures(2, 3), torch.tensor([0, 2]), _weights(3, 4)
    _check(weights, images, labels, 0.0)
    _check(weights, images, labels, 0.1)

with task.part(1, "no gradients are left behind"):
    model = _check(_weights(3, 4), _pictures(3, 3), torch.tensor([0, 1, 2]), 0.03)
    checks.equal(
        [p.grad is None for p in model.parameters()],
        [True] * 4,
        "for each parameter, that it has no gradient",
    )
### END HIDDEN TESTS

task.score()

# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_camera_trap", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 9 · 99 % right, and nobody is content (10 points, marked by hand)
#
# Camera traps in a reserve send pictures, day and night; a leopard is in 1 of 100. A colleague's network raises an alarm for each
# picture whose score is above 1/2. It finds 90 % of the leopards, and raises an alarm for 8 % of the other pictures. Its AUC is 0.97.
# "Excellent", says the colleague; and a network that never raises an alarm has an accuracy of 99 %, says another. The rangers, who drive
# out at every alarm, say it is useless. In about ten sentences:
#
# 1. Compute the accuracy and the balanced error rate of the colleague's network, and both for the network that never raises an alarm. What does the
#    accuracy tell, and why?
# 2. Compute the precision of an alarm. How can an AUC of 0.97 and this precision both be true?
# 3. What would you report instead, and how would you choose the threshold? Say on which pictures, and what you must ask the rangers first.
# 4. Name one group of pictures whose errors you would count apart, with your reason, and one thing that makes such a comparison
#    misleading.
#
# **How it is marked.**
#
# | points | for |
# | ---: | --- |
# | 3 | both accuracies and both balanced error rates (2); that accuracy rewards the common class (1) |
# | 3 | the precision with its arithmetic (2); that the rates, and so the AUC, do not depend on how rare leopards are, and precision does (1) |
# | 2 | precision and recall (or AP) (1); a threshold by cost, chosen on other pictures than those reported, with the price of a miss against that of a drive (1) |
# | 2 | a sensible group with a reason (1); too few examples, or one member that makes the difference (1) |

# %% [markdown] nbgrader={"grade": true, "grade_id": "camera_trap", "locked": false, "points": 10, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Take 10,000 pictures: 100 with a leopard, of which 90 are found, and 9,900 without, of which 792 raise an alarm. The accuracy is (90 + 9,108) / 10,000
# = 92.0 %, the balanced error rate (10 % + 8 %) / 2 = 9 %. The network that never raises an alarm has an accuracy of 99 % and a balanced error rate of
# (100 % + 0 %) / 2 = 50 %, that of a coin. Accuracy counts pictures, and 99 of 100 are of the class that nobody looks for, so it rewards who ignores the other one.
#
# Of 90 + 792 = 882 alarms 90 are right: a precision of 10.2 %, nine drives in ten for nothing. The AUC is the probability that a picture with a leopard scores
# higher than one without. Like both rates it looks at each class by itself, so that it is the same however rare leopards are. Precision puts the two
# classes side by side: 8 % of very many is more than 90 % of very few.
#
# I would report precision and recall, or the whole curve with its average precision, at the true share of leopards. The threshold follows from what a missed leopard
# costs against a drive for nothing, which I must ask the rangers. I would choose it on validation pictures, as rare in leopards as the reserve is, and report
# on others that were never used to choose, best from cameras that were not in training.
#
# I would count the errors at night apart from those by day: infrared pictures are grey and noisy, and most leopards walk at night. But if there are only six leopards in
# the day pictures, a difference can be chance; and if all night pictures come from one badly placed camera, it is the camera's error and not the night's.
# ### END SOLUTION

# %% tags=["download"]
# On Colab this downloads your work, to hand it in. Elsewhere it does nothing: there the notebook is a file already.
from utils import colab

colab.download("07_classification.ipynb")
