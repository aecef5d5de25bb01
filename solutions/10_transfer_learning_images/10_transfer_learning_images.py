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
# # Assignment 10 · Transfer learning with images

# %% [markdown] tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/exercises/10_transfer_learning_images/10_transfer_learning_images.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/exercises/10_transfer_learning_images/10_transfer_learning_images.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/exercises/10_transfer_learning_images/10_transfer_learning_images.ipynb)
#
# 100 points · 8 tasks graded by tests

# %% [markdown] nbgrader={"grade": false, "grade_id": "intro", "locked": true, "schema_version": 3, "solution": false, "task": false}
# In the lecture a network that knows 103 animals learned twelve others from a handful of pictures. Here you build what
# that takes: a fair split, a frozen body under a new head, a classifier on features, smaller steps below, new statistics
# for batch norm, and then the other way to use features, by distance.
#
# | task | you write | points |
# | --- | --- | ---: |
# | 1 | `few_shot_split`: a few examples of each class to learn from | 8 |
# | 2 | `Transferred`: a frozen body and a new head | 14 |
# | 3 | `fit_probe`, `accuracy`: a linear classifier on features, exactly | 12 |
# | 4 | `copy_first`, `parameter_groups`: what to keep, and how fast to change the rest | 14 |
# | 5 | `adapt_statistics`: batch norm in a new place | 12 |
# | 6 | `triplet_loss`, `hardest_triplets`: what distance should mean | 14 |
# | 7 | `nearest`, `recall_at_k`: who looks alike? | 8 |
# | 8 | `pair_scores`, `threshold_for`: is it the same animal? | 8 |
# | 9 | a written answer: forty antelopes in the dark | 10 |
# | | | **100** |
#
# **How a task works.** Read the statement, fill the cell under it in place of `raise NotImplementedError`,
# run it, then run the test cell below it. A ✔ is earned; a ✘ says what is wrong. Hidden tests with fresh
# numbers decide the rest of the points, so an answer that only fits the numbers you see earns few of them.
#
# **Stuck?** Each task has three hints, from a nudge to nearly there. They cost nothing.
#
# **The tasks are marked independently.** What is asked for is to be built by yourself: calls to `utils.transfer`,
# `utils.metrics` or scikit-learn earn nothing. PyTorch's own operations are welcome, but for the one that a task names.
#
# **Names**, the same everywhere: $N$ examples, $C$ classes, $F$ features (numbers in the vector of one picture). A *body* makes
# features of pictures, a *head* makes scores of features.

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


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_split", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 1 · A fair draw (8 points)
#
# "Five pictures a class" is an experiment only if it says *which* five, and only if the test shows other ones.
#
# Write `few_shot_split(labels, shots, seed)`. `labels` is a tensor of shape $(N)$, int64. It returns two tensors of row numbers,
# int64, each **sorted** from the smallest up:
#
# - `support`: exactly `shots` rows of every class that occurs, drawn at random, each row of a class as likely as the others;
# - `query`: all other rows.
#
# The same seed gives the same draw, another seed another one, and the draw depends on the seed alone. (A generator of your own,
# `torch.Generator`, leaves the random numbers of the rest of the program alone.) If a class has **fewer than** `shots` examples
# it raises `ValueError`, and the message holds the number of such a class.
#
# **Worked example.** Labels 7, 2, 7, 2, 2 and one shot: support might be rows 0 and 4 (a seven and a two); then query is 1, 2, 3.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_split", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Shuffle all rows once. Then take of each class the first `shots` rows in the shuffled order.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))`; the rows of class $c$ in that order are
# `order[labels[order] == c]`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# Loop over `labels.unique()`, check the length, keep `rows[:shots]`. `torch.cat` joins them, `.sort().values` sorts. For the query: a
# tensor of `True`, `False` where the support is, then `.nonzero()[:, 0]`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "split", "locked": false, "schema_version": 3, "solution": true, "task": false}
def few_shot_split(labels, shots, seed):
    """Rows to learn from, `shots` of each class, and all other rows: two sorted int64 tensors."""
    ### BEGIN SOLUTION
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    chosen = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique().tolist():
        rows = order[labels[order] == c]
        if len(rows) < shots:
            raise ValueError(f"class {c} has {len(rows)} examples, and {shots} are needed")
        chosen[rows[:shots]] = True
    return chosen.nonzero()[:, 0], (~chosen).nonzero()[:, 0]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_split", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(8)


def _labels_for_split(seed, counts):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.cat([torch.full((count,), label) for label, count in counts.items()])
    return labels[torch.randperm(len(labels), generator=generator)]


def _check_split(labels, shots, seed):
    call = f"few_shot_split of {len(labels)} labels, shots={shots}, seed={seed}"
    got = few_shot_split(labels, shots, seed)
    support, query = (checks.item(got, i, call) for i in range(2))
    if not all(
        isinstance(rows, torch.Tensor) and rows.dtype == torch.int64 and rows.dim() == 1
        for rows in (support, query)
    ):
        raise checks.CheckFailed(f"{call}: expected two one-dimensional int64 tensors of row numbers")
    both = torch.cat([support, query]).tolist()
    if len(set(both)) < len(both):
        raise checks.CheckFailed(f"{call}: a row is there twice; what was learned from must not be tested on")
    drawn = {int(c): int((labels[support] == c).sum()) for c in labels.unique()}
    words = "that is so many of all classes together: `shots` is for each class"
    checks.equal(len(support), shots * len(drawn), f"{call}: rows in the support", mistakes={words: shots})
    checks.equal(drawn, dict.fromkeys(drawn, shots), f"{call}: support rows of each class")
    checks.equal(sorted(both), list(range(len(labels))), f"{call}: support and query together")
    sorted_ones = [rows.tolist() == sorted(rows.tolist()) for rows in (support, query)]
    checks.equal(sorted_ones, [True, True], f"{call}: whether support and query are sorted")
    return support.tolist()


with task.part(3, "so many of each class, and all others"):
    _check_split(torch.tensor([7, 2, 7, 2, 2]), 1, 0)
    _check_split(_labels_for_split(1, {0: 9, 1: 12, 2: 10}), 4, 3)

### BEGIN HIDDEN TESTS
with task.part(2, "fresh labels, some with all of a class in the support"):
    for seed, counts, shots in [(2, {3: 5, 8: 5, 11: 20}, 5), (3, {0: 30, 4: 7}, 2), (4, {5: 6}, 1)]:
        _check_split(_labels_for_split(seed, counts), shots, seed)

with task.part(2, "drawn at random, by the seed alone"):
    labels = _labels_for_split(5, {0: 8, 1: 8})
    checks.seed(1)
    draws = [_check_split(labels, 2, seed) for seed in range(40)]
    checks.seed(2)
    checks.equal(_check_split(labels, 2, 7), draws[7], "the draw of seed 7, asked for again")
    seen = sorted(set(sum(draws, [])))
    checks.equal(seen, list(range(16)), "rows that were drawn in 40 draws with 40 seeds")

with task.part(1, "too few examples"):
    checks.raises(ValueError, few_shot_split, torch.tensor([4, 4, 4, 9, 9]), 3, 0, mentions=("9",))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_head", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 2 · A frozen body and a new head (14 points)
#
# Write a module `Transferred(body, features, classes)`:
#
# - `self.body` is the trained module that is given. It makes features $(B, F)$ of pictures. It is **frozen**: none of its parameters
#   requires a gradient, and its batch norms **keep the statistics they have**.
# - `self.head` is a new linear layer from `features` to `classes`, with a bias. It is all that learns.
# - Its forward gives scores $(B, C)$.
#
# The trap is batch norm. `requires_grad = False` stops the optimizer; it does not stop batch norm. In training mode a batch norm
# normalises with the statistics of *this batch*, and overwrites those that it remembers. And every training loop begins with
# `model.train()`, which reaches into all modules. So: **after `model.train()` the model is in training mode, and so is the head, but the
# body, with all in it, is in evaluation mode.** After `model.eval()` everything is in evaluation mode, and after `model.train()` again as
# said. As in PyTorch, `train` returns the model itself.
#
# `tiny_body` is given, as something to freeze; leave it as it is.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_head", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# `model.train()` is a method like any other: your class can have its own, which first does what `nn.Module`'s does.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `nn.Module.train(mode=True)` sets the mode of a module and of all its children. `model.eval()` calls `model.train(False)`. So it is
# enough to override `train`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# ```python
# def train(self, mode=True):
#     super().train(mode)
#     self.body.eval()
#     return self
# ```
# And in `__init__`: `body.requires_grad_(False)`, and put the body into evaluation mode, as a new module is in training mode.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "head", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tiny_body(channels=3, features=6):
    """Given: a body to freeze. Pictures (B, channels, H, W) -> features (B, features)."""
    first = (nn.Conv2d(channels, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    second = (nn.Conv2d(4, features, 3), nn.BatchNorm2d(features), nn.ReLU())
    return nn.Sequential(*first, *second, nn.AdaptiveAvgPool2d(1), nn.Flatten())


class Transferred(nn.Module):
    """A frozen body under a new linear head: pictures -> scores (B, classes)."""

    def __init__(self, body, features, classes):
        ### BEGIN SOLUTION
        super().__init__()
        self.body = body.requires_grad_(False)
        self.head = nn.Linear(features, classes)
        self.train()
        ### END SOLUTION

    def train(self, mode=True):
        """Called by model.train() and, with False, by model.eval(); returns the model."""
        ### BEGIN SOLUTION
        super().train(mode)
        self.body.eval()
        return self
        ### END SOLUTION

    def forward(self, images):
        ### BEGIN SOLUTION
        return self.head(self.body(images))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_head", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(14)
generator = torch.Generator().manual_seed(1002)


def _draw_for_head(*shape):
    return torch.randn(*shape, generator=generator)


def _weights_of_body(channels, features):
    norms = {}
    for place, width in (("1", 4), ("4", features)):
        norms |= {
            f"{place}.weight": 1 + _draw_for_head(width) / 4,
            f"{place}.bias": _draw_for_head(width) / 4,
        }
        norms |= {
            f"{place}.running_mean": _draw_for_head(width),
            f"{place}.running_var": 0.5 + _draw_for_head(width).square(),
        }
        norms |= {f"{place}.num_batches_tracked": torch.tensor(7)}
    first = {"0.weight": _draw_for_head(4, channels, 3, 3), "0.bias": _draw_for_head(4)}
    return norms | first | {"3.weight": _draw_for_head(features, 4, 3, 3), "3.bias": _draw_for_head(features)}


def _scores_of_head(w, head, images, own=False, second_only=False):
    """Scores in evaluation mode; with `own`, with the batch's own statistics."""
    x = images
    for conv, norm in (("0", "1"), ("3", "4")):
        x = F.conv2d(x, w[f"{conv}.weight"], w[f"{conv}.bias"])
        mean, var = w[f"{norm}.running_mean"].clone(), w[f"{norm}.running_var"].clone()
        x = F.batch_norm(x, mean, var, w[f"{norm}.weight"], w[f"{norm}.bias"], training=own).relu()
    return F.linear(x.mean((2, 3)), head["weight"], head["bias"])


def _make_transferred(channels, features, classes):
    weights = _weights_of_body(channels, features)
    head = {"weight": _draw_for_head(classes, features), "bias": _draw_for_head(classes)}
    body = tiny_body(channels, features)
    body.load_state_dict({name: tensor.clone() for name, tensor in weights.items()})
    model = Transferred(body, features, classes)
    kept = {
        name.removeprefix("body."): t for name, t in model.state_dict().items() if name.startswith("body.")
    }
    checks.equal(sorted(kept), sorted(weights), "the names under `body.` in the state_dict")
    checks.close(
        {name: kept[name].detach() for name in weights}, weights, "the body's weights after Transferred(...)"
    )
    new = {
        name.removeprefix("head."): tuple(t.shape)
        for name, t in model.state_dict().items()
        if name.startswith("head.")
    }
    checks.equal(new, {"weight": (classes, features), "bias": (classes,)}, "the shapes in the new head")
    model.load_state_dict(
        {f"body.{n}": t.clone() for n, t in weights.items()} | {f"head.{n}": t for n, t in head.items()}
    )
    return model, weights, head


def _check_scores(model, weights, head, images, mode):
    words = "batch norm used this batch's own statistics: the body must stay in evaluation mode"
    mistakes = {words: _scores_of_head(weights, head, images, own=True)}
    right = _scores_of_head(weights, head, images)
    checks.close(model(images).detach(), right, f"the scores in {mode} mode", mistakes=mistakes)


def _check_statistics(model, weights):
    state = {name.removeprefix("body."): t for name, t in model.state_dict().items()}
    names = [name for name in weights if "running" in name or "tracked" in name]
    same = [name for name in names if torch.equal(state[name], weights[name])]
    if same != names:
        raise checks.CheckFailed(
            "the statistics of a frozen batch norm have changed: in training mode it averages those of each batch in"
        )


with task.part(3, "scores in evaluation mode"):
    model, weights, head = _make_transferred(3, 6, 5)
    model.eval()
    _check_scores(model, weights, head, _draw_for_head(4, 3, 8, 9), "evaluation")

with task.part(3, "what may learn"):
    model, weights, head = _make_transferred(3, 6, 5)
    learns = {name for name, p in model.named_parameters() if p.requires_grad}
    every = {name for name, _ in model.named_parameters()}
    mistakes = {
        "nothing is frozen: the body's parameters still require a gradient": every,
        "all is frozen: the head must learn": set(),
        "the batch norms' own parameters must be frozen too": {
            n for n in every if n.split(".")[1] in ("1", "4", "weight", "bias")
        },
    }
    checks.equal(
        learns, {"head.weight", "head.bias"}, "parameters that require a gradient", mistakes=mistakes
    )

### BEGIN HIDDEN TESTS
with task.part(5, "in training mode batch norm keeps its statistics"):
    for channels, features, classes in [(3, 6, 5), (1, 4, 2)]:
        model, weights, head = _make_transferred(channels, features, classes)
        model.train()
        _check_scores(model, weights, head, _draw_for_head(5, channels, 7, 8), "training")
        _check_statistics(model, weights)

with task.part(2, "back and forth between the modes"):
    model, weights, head = _make_transferred(2, 5, 3)
    model.eval()
    modes = [model.training, model.head.training, model.body.training]
    checks.equal(modes, [False] * 3, "after eval(): training mode of model, head and body")
    again = model.train()
    if again is None:
        raise checks.CheckFailed("model.train() must return the model itself, as in PyTorch")
    modes = [again.training, model.head.training, model.body.training]
    words = "the whole model stays in evaluation mode: the head must be told that training has begun"
    checks.equal(
        modes,
        [True, True, False],
        "after train(): training mode of model, head and body",
        mistakes={words: [False] * 3},
    )
    _check_scores(model, weights, head, _draw_for_head(3, 2, 9, 9), "training")
    _check_statistics(model, weights)

with task.part(1, "a new model that nobody has put into any mode"):
    model, weights, head = _make_transferred(3, 4, 2)
    _check_scores(model, weights, head, _draw_for_head(6, 3, 8, 8), "its first")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_probe", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 3 · A classifier on features, exactly (12 points)
#
# With frozen features the head is a small problem of its own; least squares solves it in one go, without steps or seeds.
#
# Write `fit_probe(features, labels, classes, penalty)`. `features` has shape $(N, F)$, `labels` $(N)$, int64. Let $\mathbf{y}_n$ be the one-hot
# vector of label $n$: 1 at its class, 0 elsewhere. Return the `weight` $(F, C)$ and the `bias` $(C)$ for which this is least:
#
# $$\sum_{n} \big\| \mathbf{x}_n W + \mathbf{b} - \mathbf{y}_n \big\|^2 + \lambda\, \|W\|^2$$
#
# The penalty $\lambda$ keeps the weights small, and makes the answer unique even if there are fewer examples than features. **The bias is not
# penalised.** With the means $\bar{\mathbf{x}}$ and $\bar{\mathbf{y}}$ over the examples, and $X_c$, $Y_c$ with these means taken off,
#
# $$W = \big(X_c^\top X_c + \lambda I\big)^{-1} X_c^\top Y_c \qquad \mathbf{b} = \bar{\mathbf{y}} - \bar{\mathbf{x}} W$$
#
# `classes` may be larger than the labels that occur. And write `accuracy(weight, bias, features, labels)`: the part of the examples whose class
# has the highest score, a `float`.
#
# **Worked example.** One feature, values 0 and 2, labels 0 and 1, $\lambda = 2$: $X_c^\top X_c + \lambda = 4$, $W = (-1/4,\ 1/4)$ and
# $\mathbf{b} = (3/4,\ 1/4)$.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_probe", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# The formula is four lines. Means are over examples: `features.mean(0)` has shape $(F)$.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `F.one_hot(labels, classes)` gives whole numbers: make them the dtype of the features. `torch.linalg.solve(A, B)` gives $A^{-1}B$ and is better
# than an inverse.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `x, y = features - features.mean(0), targets - targets.mean(0)`, then `weight = torch.linalg.solve(x.T @ x + penalty * torch.eye(F), x.T @ y)`, where
# the identity has the features' dtype. Scores: `features @ weight + bias`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "probe", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fit_probe(features, labels, classes, penalty):
    """Ridge regression to one-hot labels, the bias free: weight (F, C), bias (C)."""
    ### BEGIN SOLUTION
    targets = F.one_hot(labels, classes).to(features.dtype)
    mean_x, mean_y = features.mean(0), targets.mean(0)
    x, y = features - mean_x, targets - mean_y
    weight = torch.linalg.solve(x.T @ x + penalty * torch.eye(x.shape[1], dtype=x.dtype), x.T @ y)
    return weight, mean_y - mean_x @ weight
    ### END SOLUTION


def accuracy(weight, bias, features, labels):
    """The part of the examples whose class has the highest score."""
    ### BEGIN SOLUTION
    return ((features @ weight + bias).argmax(1) == labels).float().mean().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_probe", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(12)
generator = torch.Generator().manual_seed(1003)


def _features_for_probe(count, width, classes):
    labels = torch.randint(classes, (count,), generator=generator)
    centres = torch.randn(classes, width, generator=generator, dtype=torch.float64)
    noise = torch.randn(count, width, generator=generator, dtype=torch.float64)
    return 3 + centres[labels] + noise, labels


def _ridge(x, y, penalty, centred=True):
    mean_x, mean_y = (x.mean(0), y.mean(0)) if centred else (torch.zeros_like(x[0]), torch.zeros_like(y[0]))
    x, y = x - mean_x, y - mean_y
    weight = torch.linalg.solve(x.T @ x + penalty * torch.eye(x.shape[1], dtype=x.dtype), x.T @ y)
    return weight, mean_y - mean_x @ weight


def _solutions(x, labels, classes, penalty):
    """The right answer, and those of mistakes."""
    y = torch.nn.functional.one_hot(labels, classes).double()
    weight, bias = _ridge(x, y, penalty)
    beside_one = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], 1)
    together = _ridge(beside_one, y, penalty, centred=False)[0]
    mistakes = {
        "the bias is penalised too: take the means off first": (together[:-1], together[-1]),
        "there is no bias: means of features and targets must come off, and back on": _ridge(
            x, y, penalty, centred=False
        ),
        "the bias is that for centred features: for the features as they are, take off what the weights make of their mean": (
            weight,
            y.mean(0),
        ),
        "the penalty counts once for each example": _ridge(x, y, penalty * len(x)),
        "the penalty counts for the mean of the squares, and not for their sum": _ridge(
            x, y, penalty / len(x)
        ),
        "the penalty is missing": _ridge(x, y, 1e-9),
        "targets are 0 and 1, not -1 and 1": _ridge(x, 2 * y - 1, penalty),
        "weight has a row for each feature and a column for each class: yours is transposed": (
            weight.T.contiguous(),
            bias,
        ),
    }
    return (weight, bias), mistakes


def _check_probe(x, labels, classes, penalty):
    call = f"fit_probe of {len(x)} examples with {x.shape[1]} features, {classes} classes, penalty {penalty}"
    trace = checks.trace(fit_probe, x, labels, classes, penalty)
    checks.avoids(trace, "sklearn", "scipy", "utils.transfer", instead="solve the equations yourself")
    got = tuple(checks.item(trace.value, i, call) for i in range(2))
    right, mistakes = _solutions(x, labels, classes, penalty)
    checks.close(got, right, call, mistakes=mistakes, rtol=1e-5, atol=1e-7)


def _check_accuracy(weight, bias, x, labels):
    scores = x @ weight + bias
    right = (scores.argmax(1) == labels).double().mean().item()
    mistakes = {
        "that is the error rate": 1 - right,
        "that is a number of examples: give their part": right * len(x),
        "the bias is missing from the scores": ((x @ weight).argmax(1) == labels).double().mean().item(),
    }
    checks.close(
        accuracy(weight, bias, x, labels), right, f"accuracy of {len(x)} examples", mistakes=mistakes
    )


with task.part(3, "the worked example"):
    _check_probe(torch.tensor([[0.0], [2.0]], dtype=torch.float64), torch.tensor([0, 1]), 2, 2.0)

with task.part(2, "accuracy"):
    x, labels = _features_for_probe(40, 3, 4)
    _check_accuracy(*_solutions(x, labels, 4, 1.0)[0], x, labels)

### BEGIN HIDDEN TESTS
with task.part(4, "fresh features"):
    for count, width, classes, penalty in [(30, 4, 3, 0.5), (50, 7, 5, 10.0), (24, 2, 2, 3.0)]:
        _check_probe(*_features_for_probe(count, width, classes), classes, penalty)

with task.part(2, "fewer examples than features, classes that do not occur"):
    _check_probe(*_features_for_probe(6, 15, 3), 3, 0.7)
    x, labels = _features_for_probe(20, 3, 4)
    _check_probe(x, labels.clamp(max=2), 6, 2.0)

with task.part(1, "accuracy of fresh scores, where the bias decides"):
    x, labels = _features_for_probe(60, 3, 3)
    weight, bias = _solutions(x, labels, 3, 1.0)[0]
    _check_accuracy(weight, bias + torch.tensor([0.0, 0.6, -0.6]).double(), x, labels)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_fine_tune", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 4 · What to keep, and how fast to change it (14 points)
#
# A network here is a `nn.Sequential` of *parts*, from the pictures up to the head, which is the last one.
#
# `copy_first(source, model, count)` gives the first `count` parts of `model` the **parameters and the batch norm statistics** of the same
# parts of `source`. All else in both networks stays as it is, and afterwards the two share nothing: training one leaves the other alone. It
# returns nothing. The head is never copied, as it knows the source's classes: if `count` is below 0 or takes in the head, it raises
# `ValueError`, and the message holds `count`.
#
# `parameter_groups(model, learning_rate, factor)` prepares fine-tuning with smaller steps below. It returns a list of dictionaries, as
# PyTorch's optimizers take it, each with `"params"` and `"lr"`: one for each part **that has something to learn**. The head's learning rate
# is `learning_rate`; each part below has `factor` times that of the part above it. Parameters that do not require a gradient are left out, and
# so is a part without any. But a part that is left out still counts as a step down: with a factor of $1/2$ the part under a frozen part learns
# at a quarter of the rate of the part above it.
#
# `three_parts` and `one_step` are given; leave them as they are.
#
# **Worked example.** Three parts, `learning_rate=0.8`, `factor=0.5`: the rates are 0.8 for the head, then 0.4, and 0.2 for the first part. In which
# order the list has them does not matter.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_fine_tune", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# Both are a loop over the parts: `list(model)` has them in order, `model[i]` is one.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `new.load_state_dict(old.state_dict())` copies parameters and statistics, value by value. The head's rate is `learning_rate * factor ** 0`: number the parts
# from the head down.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `for below, part in enumerate(reversed(list(model)))`, then `chosen = [p for p in part.parameters() if p.requires_grad]`, and if there are any,
# `{"params": chosen, "lr": learning_rate * factor**below}`. The check: `0 <= count < len(model)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "fine_tune", "locked": false, "schema_version": 3, "solution": true, "task": false}
def three_parts(channels=3, width=4, classes=5):
    """Given: a small network in three parts. (B, channels, H, W) -> scores (B, classes)."""
    first = nn.Sequential(nn.Conv2d(channels, width, 3), nn.BatchNorm2d(width), nn.ReLU())
    second = nn.Sequential(
        nn.Conv2d(width, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    return nn.Sequential(first, second, nn.Linear(6, classes))


def one_step(model, images, labels, learning_rate, factor):
    """Given: one step of gradient descent with your groups."""
    optimizer = torch.optim.SGD(
        parameter_groups(model, learning_rate, factor), lr=1e6
    )  # a group has its own "lr"
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    optimizer.zero_grad()


def copy_first(source, model, count):
    """Copy the first `count` parts of source, with their statistics, into model; ValueError if that takes in the head."""
    ### BEGIN SOLUTION
    if not 0 <= count < len(model):
        raise ValueError(f"count={count}: expected 0 to {len(model) - 1}, the parts below the head")
    for part in range(count):
        model[part].load_state_dict(source[part].state_dict())
    ### END SOLUTION


def parameter_groups(model, learning_rate, factor):
    """A group for each part that has something to learn; each part learns at `factor` times the rate of the part above."""
    ### BEGIN SOLUTION
    groups = []
    for below, part in enumerate(reversed(list(model))):
        chosen = [p for p in part.parameters() if p.requires_grad]
        if chosen:
            groups.append({"params": chosen, "lr": learning_rate * factor**below})
    return groups
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_fine_tune", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F
from torch import nn

from utils import checks

task = checks.task(14)
generator = torch.Generator().manual_seed(1004)


def _twin_of_three(channels, width, classes):
    """The given network, built here."""
    first = nn.Sequential(nn.Conv2d(channels, width, 3), nn.BatchNorm2d(width), nn.ReLU())
    second = nn.Sequential(
        nn.Conv2d(width, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    return nn.Sequential(first, second, nn.Linear(6, classes))


def _weights_of_three(channels, width, classes):
    state = _twin_of_three(channels, width, classes).state_dict()
    drawn = {
        name: torch.randn(t.shape, generator=generator) / 2
        for name, t in state.items()
        if t.is_floating_point()
    }
    drawn |= {name: 0.5 + t.square() for name, t in drawn.items() if name.endswith("running_var")}
    return drawn | {name: torch.tensor(3) for name in state if name.endswith("tracked")}


def _network(weights, channels, width, classes):
    model = three_parts(channels, width, classes)
    model.load_state_dict({name: t.clone() for name, t in weights.items()})
    return model


def _state(model):
    return {name: t.detach().clone() for name, t in model.state_dict().items()}


def _copied(
    source, model, count, only=("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
):
    taken = {name: t for name, t in source.items() if int(name[0]) < count and name.rsplit(".", 1)[1] in only}
    return model | taken


def _check_copy(sizes, other_classes, count):
    channels, width, classes = sizes
    old, new = _weights_of_three(*sizes), _weights_of_three(channels, width, other_classes)
    new |= {name: torch.tensor(9) for name in new if name.endswith("tracked")}
    source, model = _network(old, *sizes), _network(new, channels, width, other_classes)
    copy_first(source, model, count)
    mistakes = {
        "the statistics of batch norm were not copied: a part needs its buffers too": _copied(
            old, new, count, ("weight", "bias")
        ),
        "one part too few was copied": _copied(old, new, count - 1),
        "one part too many was copied": _copied(old, new, min(count + 1, 2)),
        "nothing was copied": new,
    }
    checks.close(
        _state(model),
        _copied(old, new, count),
        f"the model after copy_first(source, model, {count})",
        mistakes=mistakes,
    )
    checks.close(
        _state(source),
        old,
        "the source after copy_first",
        mistakes={"the source was changed: it is copied from": new},
    )
    return source, model, old


def _after_step(weights, sizes, images, labels, rates):
    """The weights after one step, with a rate for each part."""
    twin = _twin_of_three(*sizes).eval()
    twin.load_state_dict(weights)
    F.cross_entropy(twin(images), labels).backward()
    moved = {name: p.detach() - rates[int(name[0])] * p.grad for name, p in twin.named_parameters()}
    return weights | moved


def _check_step(sizes, learning_rate, factor, frozen=()):
    channels, width, classes = sizes
    weights, images = _weights_of_three(*sizes), torch.randn(6, channels, 7, 7, generator=generator)
    labels = torch.randint(classes, (6,), generator=generator)
    model = _network(weights, *sizes).eval()
    for part in frozen:
        model[part].requires_grad_(False)
    one_step(model, images, labels, learning_rate, factor)
    a, b, c = (0 if part in frozen else 1 for part in range(3))
    right = (a * learning_rate * factor**2, b * learning_rate * factor, c * learning_rate)

    def mistakes():
        rates = {
            "the head moves slowest and the first part fastest: it must be the other way round": right[::-1],
            "all parts move alike: each part below moves `factor` times as fast": (
                a * learning_rate,
                b * learning_rate,
                right[2],
            ),
            (
                "a part that is left out still counts as a step down"
                if frozen
                else "both parts below the head move alike: the factor counts once for each step down"
            ): (a * learning_rate * factor, *right[1:]),
            "the head moves too slowly: it has the learning rate itself": tuple(
                rate * factor for rate in right
            ),
            "the learning rates are divided by the factor": (
                a * learning_rate / factor**2,
                b * learning_rate / factor,
                right[2],
            ),
            "the head does not move": (*right[:2], 0),
            "the learning rate falls in equal steps: it must be multiplied": (
                a * learning_rate * (2 * factor - 1),
                *right[1:],
            ),
        }
        return {words: _after_step(weights, sizes, images, labels, r) for words, r in rates.items()}

    expected = _after_step(weights, sizes, images, labels, right)
    checks.close(_state(model), expected, f"weights after a step, factor {factor:.3g}", mistakes=mistakes)
    got = parameter_groups(model, learning_rate, factor)
    if not isinstance(got, list) or not all(
        isinstance(group, dict) and {"params", "lr"} <= group.keys() for group in got
    ):
        raise checks.CheckFailed('parameter_groups returns a list of dictionaries with "params" and "lr"')
    numbers = sorted(sum(p.numel() for p in group["params"]) for group in got)
    learning = [part for part in range(3) if part not in frozen]
    counts = [sum(p.numel() for p in _twin_of_three(*sizes)[part].parameters()) for part in learning]
    what = f"numbers in each group, part {frozen[0]} being frozen" if frozen else "numbers in each group"
    checks.equal(numbers, sorted(counts), what)


with task.part(3, "copying"):
    _check_copy((3, 4, 5), 5, 1)

with task.part(3, "steps that are smaller below"):
    _check_step((3, 4, 5), 0.8, 0.5)

### BEGIN HIDDEN TESTS
with task.part(2, "fresh networks, other classes, none and all parts copied"):
    for sizes, other, count in [((1, 5, 7), 3, 2), ((2, 3, 4), 6, 0), ((3, 4, 2), 2, 1)]:
        _check_copy(sizes, other, count)

with task.part(1, "the two share nothing"):
    source, model, old = _check_copy((3, 4, 5), 5, 2)
    images = torch.randn(4, 3, 7, 7, generator=generator)
    one_step(model.train(), images, torch.tensor([0, 1, 2, 3]), 0.5, 1.0)
    words = "it changed when the model was trained: the two share their parts; copy the values"
    checks.equal(
        torch.equal(_state(source)["0.0.weight"], old["0.0.weight"]),
        True,
        f"whether the source stayed ({words})",
    )

with task.part(1, "the head is not copied"):
    model = _network(_weights_of_three(3, 4, 5), 3, 4, 5)
    checks.raises(ValueError, copy_first, model, model, 3, mentions=("3",))
    checks.raises(ValueError, copy_first, model, model, -1, mentions=("-1",))

with task.part(2, "fresh networks, rates and factors"):
    for sizes, learning_rate, factor in [((1, 3, 4), 1.5, 0.3), ((2, 5, 3), 0.3, 0.9)]:
        _check_step(sizes, learning_rate, factor)

with task.part(2, "what is frozen is left out"):
    _check_step((3, 4, 5), 0.7, 0.6, frozen=(1,))
    _check_step((3, 4, 5), 0.7, 0.6, frozen=(0,))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_statistics", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 5 · Batch norm in a new place (12 points)
#
# A batch norm that was trained on drawings remembers what means and variances drawings have. On other pictures these are wrong, layer after
# layer. New ones need no labels: it is enough to look.
#
# Write `adapt_statistics(model, batches)`. `batches` is a list of tensors, pictures $(B, C, H, W)$. It lets the model see each of them once, **in training
# mode**, and gives each batch norm the **plain average over the batches** of the mean and of the (unbiased) variance that it met: what it
# remembered before counts no more. Nothing else changes: no parameter, and no gradient is left behind. Every batch norm's `momentum` is as it was
# before, and the model is left in evaluation mode. It returns nothing. For no batches it raises `ValueError`.
#
# In PyTorch, `norm.reset_running_stats()` forgets, and with `norm.momentum = None` a batch norm takes the plain average over all batches since, instead
# of a tenth of each new one.
#
# `two_norms` is given, as something to adapt; leave it as it is.
#
# **Worked example.** A batch norm meets one batch with the mean 2 and another one with the mean 5: it remembers 3.5. With the usual momentum of 0.1, beginning
# at 0, it would be $0.9 \cdot 0.2 + 0.1 \cdot 5 = 0.68$.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_statistics", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# `model.modules()` goes through all modules at any depth. Which of them are batch norms, `isinstance(module, nn.BatchNorm2d)` tells.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Remember each momentum, set it to `None`, reset; then `model.train()`, and the forward passes under `torch.no_grad()`. Statistics are averaged in by the
# forward pass itself.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# ```python
# norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
# before = [m.momentum for m in norms]
# ```
# After the passes: put each momentum back, and `model.eval()`. Test for an empty list first.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "statistics", "locked": false, "schema_version": 3, "solution": true, "task": false}
def two_norms(channels=3, classes=4, momentum=0.1):
    """Given: a network with two batch norms, one of them further in. (B, channels, H, W) -> scores (B, classes)."""
    inner = nn.Sequential(nn.Conv2d(4, 5, 3), nn.BatchNorm2d(5, momentum=momentum), nn.ReLU())
    first = (nn.Conv2d(channels, 4, 3), nn.BatchNorm2d(4, momentum=momentum), nn.ReLU())
    return nn.Sequential(*first, inner, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, classes))


def adapt_statistics(model, batches):
    """Give each batch norm the plain average of the statistics that it meets in the batches; nothing else changes."""
    ### BEGIN SOLUTION
    if not batches:
        raise ValueError("there are no batches to take statistics from")
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    model.train()
    with torch.no_grad():
        for images in batches:
            model(images)
    for norm, momentum in zip(norms, before):
        norm.momentum = momentum
    model.eval()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_statistics", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(12)
generator = torch.Generator().manual_seed(1005)
NAMES_OF_NORMS = ("1", "3.1")


def _draw_for_norms(*shape):
    return torch.randn(*shape, generator=generator)


def _weights_of_norms(channels, classes):
    weights = {"0.weight": _draw_for_norms(4, channels, 3, 3), "0.bias": _draw_for_norms(4)}
    weights |= {"3.0.weight": _draw_for_norms(5, 4, 3, 3), "3.0.bias": _draw_for_norms(5)}
    for name, width in zip(NAMES_OF_NORMS, (4, 5)):
        weights |= {
            f"{name}.weight": 1 + _draw_for_norms(width) / 3,
            f"{name}.bias": _draw_for_norms(width) / 3,
        }
        weights |= {
            f"{name}.running_mean": _draw_for_norms(width),
            f"{name}.running_var": 1 + _draw_for_norms(width).square(),
        }
        weights |= {f"{name}.num_batches_tracked": torch.tensor(50)}
    return weights | {"6.weight": _draw_for_norms(classes, 5), "6.bias": _draw_for_norms(classes)}


def _met(weights, images):
    """Mean, variance and biased variance that each batch norm meets in a batch."""
    outer = F.conv2d(images, weights["0.weight"], weights["0.bias"])
    hidden = F.batch_norm(outer, None, None, weights["1.weight"], weights["1.bias"], training=True).relu()
    inner = F.conv2d(hidden, weights["3.0.weight"], weights["3.0.bias"])
    dims = (0, 2, 3)
    return [(x.mean(dims), x.var(dims), x.var(dims, unbiased=False)) for x in (outer, inner)]


def _remembered(weights, batches, momentum=None, forget=True, variance=1):
    """running_mean and running_var of both norms after the batches; momentum None is the plain average."""
    seen = [_met(weights, images) for images in batches]
    found = {}
    for k, name in enumerate(NAMES_OF_NORMS):
        mean, var = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
        if forget:
            mean, var = torch.zeros_like(mean), torch.ones_like(var)
        for count, met in enumerate(seen, start=1):
            part = momentum or 1 / count
            mean, var = mean + part * (met[k][0] - mean), var + part * (met[k][variance] - var)
        found |= {f"{name}.running_mean": mean, f"{name}.running_var": var}
    return found


def _adapted(weights, batches, channels, classes, momentum=0.1):
    model = two_norms(channels, classes, momentum)
    model.load_state_dict({name: t.clone() for name, t in weights.items()})
    adapt_statistics(model, batches)
    return model


def _check_adapted(channels, classes, sizes, momentum=0.1, shift=0.0):
    weights = _weights_of_norms(channels, classes)
    batches = [shift + (1 + k) * _draw_for_norms(size, channels, 7, 8) + k for k, size in enumerate(sizes)]
    model = _adapted(weights, batches, channels, classes, momentum)
    state = model.state_dict()

    def mistakes():
        old = {
            f"{n}.{s}": weights[f"{n}.{s}"] for n in NAMES_OF_NORMS for s in ("running_mean", "running_var")
        }
        outer = {k: v for k, v in _remembered(weights, batches).items() if k.startswith("1.")}
        return {
            "the old statistics are still there: the model must be in training mode to take in new ones": old,
            "that is a running average that begins at the old values: forget them first": _remembered(
                weights, batches, momentum, False
            ),
            "that is a running average with the usual momentum: each batch must weigh the same": _remembered(
                weights, batches, momentum
            ),
            "only the last batch counts: take the average over all": _remembered(weights, batches[-1:]),
            "only the first batch counts: take the average over all": _remembered(weights, batches[:1]),
            "take the unbiased variance, as PyTorch does": _remembered(weights, batches, variance=2),
            "the batch norm further in was not reached: use model.modules()": _remembered(
                weights, batches, momentum, False
            )
            | outer,
            "the batch norm further in kept its old statistics: use model.modules()": old | outer,
        }

    right = _remembered(weights, batches)
    got = {name: state[name] for name in right}
    checks.close(
        got, right, f"statistics after {len(sizes)} batches", mistakes=mistakes, rtol=1e-3, atol=1e-4
    )
    return model, weights


with task.part(4, "two batches"):
    _check_adapted(3, 4, (4, 4))

### BEGIN HIDDEN TESTS
with task.part(4, "fresh networks and batches"):
    for channels, classes, sizes, momentum in [
        (1, 3, (6, 6, 6), 0.1),
        (2, 5, (8,), 0.3),
        (3, 2, (5, 3, 5, 3), 0.05),
    ]:
        _check_adapted(channels, classes, sizes, momentum, shift=2.0)

with task.part(2, "nothing else changes"):
    model, weights = _check_adapted(3, 4, (4, 6))
    state = model.state_dict()
    names = [name for name in weights if "running" not in name and "tracked" not in name]
    checks.equal(
        [n for n in names if not torch.equal(state[n].detach(), weights[n])],
        [],
        "parameters that have changed",
    )
    checks.equal(
        [n for n, p in model.named_parameters() if p.grad is not None], [], "parameters with a .grad"
    )
    checks.equal(
        [n for n, p in model.named_parameters() if not p.requires_grad], [], "parameters that were frozen"
    )

with task.part(1, "momentum and mode afterwards"):
    model, _ = _check_adapted(3, 4, (4, 4), momentum=0.25)
    checks.equal(model[1].momentum, 0.25, "the momentum of the first batch norm afterwards")
    checks.equal(model[3][1].momentum, 0.25, "the momentum of the second batch norm afterwards")
    checks.equal(
        [model.training, model[1].training, model[3][1].training], [False] * 3, "training mode afterwards"
    )

with task.part(1, "no batches"):
    checks.raises(ValueError, adapt_statistics, two_norms(), [])
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_triplet", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 6 · What distance should mean (14 points)
#
# An *embedding* is a vector for a picture, made so that distance means difference. A triplet says so: an *anchor*, a *positive* of the same
# class, a *negative* of another one. The negative shall be farther away, by a margin $m$. With the squared Euclidean distance
# $d(\mathbf{a}, \mathbf{b}) = \sum_i (a_i - b_i)^2$,
#
# $$\text{loss} = \frac{1}{N} \sum_{n} \max\big(0,\ d(\mathbf{a}_n, \mathbf{p}_n) - d(\mathbf{a}_n, \mathbf{n}_n) + m\big)$$
#
# Write `triplet_loss(anchors, positives, negatives, margin)` for three tensors of shape $(N, F)$. It returns a scalar through which gradients flow to all three. The
# mean is over all triplets, also those that cost nothing. (`F.triplet_margin_loss` takes the distance itself and not its square; neither it nor its
# relatives are to be called.)
#
# Most triplets teach nothing, as they hold already. So write `hardest_triplets(embeddings, labels)` for embeddings $(N, F)$ and labels $(N)$. For each row as anchor it finds the
# **farthest** row of the same class, not itself, and the **nearest** row of another class. It returns three int64 tensors: anchors, positives, negatives, the rows in
# rising order of the anchor. A row that has no other one of its class, or none of another class, is left out as anchor.
#
# **Worked example.** Anchor (0, 0), positive (1, 0), negative (0, 2), margin 4: $1 - 4 + 4 = 1$. With margin 2 the loss is 0. Embeddings on a line at 0, 1, 5, 3 with labels
# 0, 0, 0, 1: the triplets (anchor, positive, negative) are (0, 2, 3), (1, 2, 3) and (2, 0, 3); row 3 is alone.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_triplet", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# The loss is one line. For the other function, think of the table of all distances $(N, N)$, and of the table that says which rows are of one class.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `torch.cdist(x, x)` is the table of distances; the order is the same with or without the square. `labels[:, None] == labels` says who is of one class; take
# the diagonal out of it.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `same = (labels[:, None] == labels) & ~torch.eye(N, dtype=torch.bool)`, `other = labels[:, None] != labels`. Positives: `d.masked_fill(~same, -1).argmax(1)`; negatives:
# `d.masked_fill(~other, float("inf")).argmin(1)`. Keep the rows where `same.any(1) & other.any(1)`. The ReLU of the loss: `.clamp(min=0)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "triplet", "locked": false, "schema_version": 3, "solution": true, "task": false}
def triplet_loss(anchors, positives, negatives, margin):
    """Mean over triplets of max(0, d(a, p) - d(a, n) + margin) with squared distances: a scalar."""
    ### BEGIN SOLUTION
    near, far = ((anchors - others).square().sum(1) for others in (positives, negatives))
    return (near - far + margin).clamp(min=0).mean()
    ### END SOLUTION


def hardest_triplets(embeddings, labels):
    """Rows of anchors, of their farthest positives and of their nearest negatives: three int64 tensors."""
    ### BEGIN SOLUTION
    distances = torch.cdist(embeddings, embeddings)
    other = labels[:, None] != labels
    same = ~other & ~torch.eye(len(labels), dtype=torch.bool)
    anchors = (same.any(1) & other.any(1)).nonzero()[:, 0]
    positives = distances.masked_fill(~same, -1).argmax(1)
    negatives = distances.masked_fill(~other, float("inf")).argmin(1)
    return anchors, positives[anchors], negatives[anchors]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_triplet", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(14)
generator = torch.Generator().manual_seed(1006)


def _draw_for_triplets(*shape):
    return torch.randn(*shape, generator=generator)


def _loss_of(a, p, n, margin, reduce=torch.mean, power=1.0, **other):
    near, far = (a - p).square().sum(1) ** power, (a - n).square().sum(1) ** power
    return reduce((near - far + margin).clamp(min=0))


def _check_loss(a, p, n, margin):
    call = f"triplet_loss of {len(a)} triplets, margin {margin}"
    trace = checks.trace(triplet_loss, a, p, n, margin)
    words = "write the loss yourself"
    checks.avoids(trace, "*triplet_margin*", "utils.transfer", instead=words)
    near, far = (a - p).square().sum(1), (a - n).square().sum(1)
    active = (near - far + margin) > 0
    mistakes = {
        "squared distances, without the root": _loss_of(a, p, n, margin, power=0.5),
        "the mean over the triplets, not their sum": _loss_of(a, p, n, margin, reduce=torch.sum),
        "positive and negative are swapped: the negative is to be far": _loss_of(a, n, p, margin),
        "the margin is missing": _loss_of(a, p, n, 0.0),
        "cut each triplet off at 0 by itself, before the mean": (near - far + margin).mean().clamp(min=0),
        "the margin has the wrong sign: the negative must be farther by more than it": _loss_of(
            a, p, n, -margin
        ),
        "a triplet that holds costs nothing: cut off at 0": (near - far + margin).mean(),
        "the mean is over all triplets, also those that cost nothing": (near - far + margin)[active].mean(),
        "a distance adds the squares over the features: you took their mean": _loss_of(
            a / a.shape[1] ** 0.5, p / a.shape[1] ** 0.5, n / a.shape[1] ** 0.5, margin
        ),
        "the distance from the anchor to the negative counts, not from the positive": (
            near - (p - n).square().sum(1) + margin
        )
        .clamp(min=0)
        .mean(),
    }
    checks.close(trace.value.detach(), _loss_of(a, p, n, margin), call, mistakes=mistakes)


def _check_slopes(a, p, n, margin):
    inputs = [x.clone().requires_grad_() for x in (a, p, n)]
    right = torch.autograd.grad(_loss_of(*inputs, margin), inputs)
    _, got = checks.gradient(triplet_loss, a, p, n, margin, wrt=(0, 1, 2))
    for name, gradient, expected in zip(("anchors", "positives", "negatives"), got, right):
        if gradient is None:
            raise checks.CheckFailed(f"no gradient reaches the {name}: all three must learn")
        checks.close(gradient, expected, f"the gradient for the {name}")


def _hardest(x, labels, far=max, near=min, itself=False):
    """Written with loops."""
    d = (x[:, None] - x).square().sum(2).tolist()
    y, rows, found = labels.tolist(), range(len(x)), []
    for a in rows:
        same = [i for i in rows if y[i] == y[a] and (i != a or itself)]
        other = [i for i in rows if y[i] != y[a]]
        if same and other:
            found.append((a, far(same, key=lambda i: d[a][i]), near(other, key=lambda i: d[a][i])))
    return tuple(torch.tensor([t[k] for t in found], dtype=torch.int64) for k in range(3))


def _check_hardest(x, labels, what):
    got = hardest_triplets(x, labels)
    got = tuple(checks.item(got, i, f"hardest_triplets of {what}") for i in range(3))
    right = _hardest(x, labels)

    def mistakes():
        return {
            "the positives are the nearest of their class: the farthest is the hardest": _hardest(
                x, labels, far=min
            ),
            "an anchor is its own positive: leave it out": _hardest(x, labels, far=min, itself=True),
            "the negatives are the farthest of another class: the nearest is the hardest": _hardest(
                x, labels, near=max
            ),
            "both are the easiest, not the hardest": _hardest(x, labels, far=min, near=max),
            "a row that is alone in its class is no anchor: leave it out": _hardest(x, labels, itself=True),
            "positives and negatives are swapped": (right[0], right[2], right[1]),
        }

    checks.equal(got, right, f"hardest_triplets of {what}", mistakes=mistakes)


with task.part(2, "the worked example of the loss"):
    a, p, n = torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]])
    _check_loss(a, p, n, 4.0)
    _check_loss(a, p, n, 2.0)

with task.part(2, "the worked example of hard triplets"):
    _check_hardest(
        torch.tensor([[0.0], [1.0], [5.0], [3.0]]), torch.tensor([0, 0, 0, 1]), "the points 0, 1, 5, 3"
    )

### BEGIN HIDDEN TESTS
with task.part(1, "triplets of which most hold"):
    a = _draw_for_triplets(40, 3)
    _check_loss(a, a + 0.7 * _draw_for_triplets(40, 3), _draw_for_triplets(40, 3), 1.5)

with task.part(2, "fresh triplets"):
    for count, width, margin in [(20, 3, 1.5), (30, 8, 0.5), (12, 2, 0.2)]:
        _check_loss(*(_draw_for_triplets(count, width) for _ in range(3)), margin)

with task.part(3, "gradients for all three, and none from triplets that hold"):
    _check_slopes(*(_draw_for_triplets(10, 4) for _ in range(3)), 0.7)
    same = _draw_for_triplets(3, 4)
    _check_slopes(same, same.clone(), _draw_for_triplets(3, 4), 20.0)

with task.part(3, "fresh hard triplets"):
    for count, width, classes in [(12, 3, 3), (20, 5, 4), (9, 1, 2)]:
        labels = torch.arange(count) % classes
        _check_hardest(
            _draw_for_triplets(count, width),
            labels[torch.randperm(count, generator=generator)] * 3,
            f"{count} rows",
        )

with task.part(1, "rows that are alone, and a single class"):
    _check_hardest(_draw_for_triplets(7, 3), torch.tensor([4, 1, 4, 2, 1, 4, 9]), "labels 4 1 4 2 1 4 9")
    _check_hardest(_draw_for_triplets(4, 3), torch.tensor([5, 5, 5, 5]), "labels 5 5 5 5")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_nearest", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 7 · Who looks alike? (8 points)
#
# With a good embedding no classifier needs to be trained: look up what is near.
#
# Write `nearest(queries, gallery, k)` for embeddings $(Q, F)$ and $(G, F)$. It returns, for each query, the row numbers of the $k$ rows of the gallery with the highest **cosine similarity**
#
# $$\cos(\mathbf{q}, \mathbf{g}) = \frac{\mathbf{q} \cdot \mathbf{g}}{\|\mathbf{q}\|\,\|\mathbf{g}\|}$$
#
# the best first: a tensor $(Q, k)$, int64. Of rows with equal similarity the one with the smaller number comes first. (No vector is zero.)
#
# And `recall_at_k(found, query_labels, gallery_labels)`. `found` is what `nearest` returns. It returns the part of the queries with **at least one** row of their own class
# among those found, a `float`.
#
# **Worked example.** Query (1, 0); gallery (5, 5), (1, 0.1), (-3, 0): similarities 0.71, 0.995, −1. The two nearest are rows 1 and 0. The length of a vector does not matter.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_nearest", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# If all vectors have length 1, cosine similarity is the dot product, and one matrix product has all of them.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `F.normalize(x, dim=1)` divides by the length. For equal values in order of their row: `argsort(dim=1, descending=True, stable=True)`; `topk` promises no order.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `(F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T).argsort(dim=1, descending=True, stable=True)[:, :k]`. Then `gallery_labels[found] ==
# query_labels[:, None]`, `.any(1)`, and the mean as a float.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "nearest", "locked": false, "schema_version": 3, "solution": true, "task": false}
def nearest(queries, gallery, k):
    """The k rows of the gallery most similar to each query by the cosine, best first: (Q, k), int64."""
    ### BEGIN SOLUTION
    similarity = F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T
    return similarity.argsort(dim=1, descending=True, stable=True)[:, :k]
    ### END SOLUTION


def recall_at_k(found, query_labels, gallery_labels):
    """The part of the queries with at least one row of their class among those found."""
    ### BEGIN SOLUTION
    return (gallery_labels[found] == query_labels[:, None]).any(1).float().mean().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_nearest", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(8)
generator = torch.Generator().manual_seed(1007)


def _order(similarity, k):
    return similarity.argsort(dim=1, descending=True, stable=True)[:, :k]


def _cosines(q, g):
    return (q @ g.T) / (q.norm(dim=1)[:, None] * g.norm(dim=1))


def _check_nearest(q, g, k, what):
    right = _order(_cosines(q, g), k)

    def mistakes():
        return {
            "that is the order by the dot product: divide by the lengths": _order(q @ g.T, k),
            "that is the order by Euclidean distance: the length of a vector must not matter": _order(
                -torch.cdist(q, g), k
            ),
            "the least similar come first: the best must": _order(-_cosines(q, g), k),
            "the sign matters: opposite directions are not similar": _order(_cosines(q, g).abs(), k),
            "the best of these comes last: it must come first": right.flip(1),
            "a row for each query: yours has a row for each neighbour": right.T.contiguous(),
            "of equal ones the smaller row number comes first": g.shape[0]
            - 1
            - _order(_cosines(q, g.flip(0)), k),
        }

    checks.equal(nearest(q, g, k), right, f"nearest, {what}", mistakes=mistakes)


def _check_recall(found, query_labels, gallery_labels, what):
    hits = gallery_labels[found] == query_labels[:, None]
    right = hits.any(1).double().mean().item()
    mistakes = {
        "that is the part of all neighbours of the right class: one among k is enough": hits.double()
        .mean()
        .item(),
        "only the first neighbour counts in yours: one among k is enough": hits[:, 0].double().mean().item(),
        "all k need not be right: one among them is enough": hits.all(1).double().mean().item(),
        "that is a number of queries: give their part": right * len(hits),
        "`found` holds row numbers: look up their labels": (found == query_labels[:, None])
        .any(1)
        .double()
        .mean()
        .item(),
    }
    checks.close(
        recall_at_k(found, query_labels, gallery_labels), right, f"recall_at_k, {what}", mistakes=mistakes
    )


def _apart(count, width):
    """Directions and lengths, both far from equal."""
    return (
        torch.randn(count, width, generator=generator)
        * torch.linspace(0.2, 4, count)[torch.randperm(count, generator=generator), None]
    )


with task.part(2, "the worked example"):
    _check_nearest(
        torch.tensor([[1.0, 0.0]]),
        torch.tensor([[5.0, 5.0], [1.0, 0.1], [-3.0, 0.0]]),
        2,
        "the worked example",
    )

with task.part(1, "recall of four queries"):
    found, own = torch.tensor([[0, 1], [2, 3], [3, 0], [1, 2]]), torch.tensor([8, 8, 6, 9])
    _check_recall(found, own, torch.tensor([6, 8, 9, 6]), "four queries")

### BEGIN HIDDEN TESTS
with task.part(2, "fresh embeddings"):
    for queries, rows, width, k in [(6, 20, 4, 3), (9, 15, 7, 5), (1, 12, 2, 12)]:
        _check_nearest(
            _apart(queries, width), _apart(rows, width), k, f"{queries} queries, {rows} rows, k={k}"
        )

with task.part(1, "equal ones"):
    g = torch.tensor([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    _check_nearest(torch.tensor([[0.0, 2.0], [3.0, 0.0]]), g, 4, "rows that are equal")

with task.part(2, "fresh recalls"):
    for queries, rows, k in [(30, 12, 3), (20, 9, 1), (16, 8, 5)]:
        found = torch.stack([torch.randperm(rows, generator=generator)[:k] for _ in range(queries)])
        own = torch.randint(5, 10, (queries,), generator=generator)
        _check_recall(
            found, own, torch.randint(5, 10, (rows,), generator=generator), f"{queries} queries, k={k}"
        )
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_verify", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 8 · Is it the same animal? (8 points)
#
# Verification asks about pairs: do these two pictures show the same animal? It works for animals that nobody has trained on.
#
# Write `pair_scores(embeddings, labels)` for $N$ embeddings. It returns two tensors with an entry for each **pair of different rows $i < j$**, in the order (0, 1), (0, 2), …, (0, N−1), (1, 2), …: the
# cosine similarity, and whether the two have the same label (bool).
#
# And `threshold_for(scores, same, most)`. A pair is *accepted* if its score is **at least** the threshold. The *false accept rate* is the part of the pairs of
# **different** animals that are accepted, the *true accept rate* the part of the pairs of the **same** animal. Among the scores that occur, and infinity, find the **lowest** threshold with a false
# accept rate of at most `most`. Return it and its true accept rate, both `float`. (Such a pair of rates is one point of the ROC curve of unit 07.)
#
# **Worked example.** Scores 0.9, 0.8, 0.7, 0.6, of which the first and third are of the same animal, and `most` = 0.5: at 0.7 one of two different pairs is accepted (0.8), at 0.6 both. So the
# threshold is 0.7, and the true accept rate is 1. With `most` = 0 it is 0.9, and 1/2.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_verify", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# `torch.triu_indices(N, N, 1)` lists all pairs with $i < j$ in that order. For the threshold, trying each candidate is fine.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# A false accept rate for each candidate $t$: `(scores[~same] >= t).double().mean()`. It can only rise as $t$ falls.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# Go through the candidates from the lowest: `for t in sorted(scores.tolist())`; the first with a rate of at most `most` is the answer, else `float("inf")` with the true accept rate 0. Take
# care that a rate is a part of the *different* pairs, not of all.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "verify", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pair_scores(embeddings, labels):
    """Cosine similarity of each pair i < j, and whether the two have the same label."""
    ### BEGIN SOLUTION
    i, j = torch.triu_indices(len(labels), len(labels), 1)
    return F.cosine_similarity(embeddings[i], embeddings[j]), labels[i] == labels[j]
    ### END SOLUTION


def threshold_for(scores, same, most):
    """The lowest threshold with a false accept rate of at most `most`, and its true accept rate."""
    ### BEGIN SOLUTION
    for threshold in scores.sort().values:
        if (scores[~same] >= threshold).double().mean() <= most:
            return threshold.item(), (scores[same] >= threshold).double().mean().item()
    return float("inf"), 0.0
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_verify", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(8)
generator = torch.Generator().manual_seed(1008)


def _pairs(x, labels, included=0):
    rows = range(len(x))
    pairs = [
        (i, j)
        for i in rows
        for j in rows
        if i < j or (included == "all" and i != j) or (included == "itself" and i == j)
    ]
    left, right = (torch.tensor([pair[k] for pair in pairs]) for k in range(2))
    cosine = (x[left] * x[right]).sum(1) / (x[left].norm(dim=1) * x[right].norm(dim=1))
    return cosine, labels[left] == labels[right]


def _check_pairs(x, labels):
    call = f"pair_scores of {len(x)} rows"
    got = pair_scores(x, labels)
    got = tuple(checks.item(got, i, call) for i in range(2))
    left, right = torch.triu_indices(len(x), len(x), 1)
    scores, same = _pairs(x, labels)
    mistakes = {
        "each pair once, with i < j: yours has both orders": _pairs(x, labels, "all"),
        "no row is a pair with itself": _pairs(x, labels, "itself"),
        "that is the dot product: divide by the lengths": ((x[left] * x[right]).sum(1), same),
        "that is a distance: similar pairs must score high": ((x[left] - x[right]).norm(dim=1), same),
        "true stands for the same label": (scores, ~same),
    }
    checks.close(got, (scores, same), call, mistakes=mistakes)


def _rates(scores, same, accepted):
    return accepted[~same].double().mean().item(), accepted[same].double().mean().item()


def _point(scores, same, most, accepts=torch.ge, rate=None, lowest=True):
    """Threshold and true accept rate, by trying all."""
    rate = rate or (lambda accepted: accepted[~same].double().mean().item())
    allowed = [t for t in scores.unique().tolist() if rate(accepts(scores, t)) <= most] or [float("inf")]
    threshold = min(allowed) if lowest else max(allowed)
    return threshold, accepts(scores, threshold)[same].double().mean().item()


def _check_threshold(scores, same, most):
    call = f"threshold_for of {len(scores)} pairs, most={most}"
    got = threshold_for(scores, same, most)
    got = tuple(checks.item(got, i, call) for i in range(2))
    right = _point(scores, same, most)
    false_rate = (scores[~same] >= right[0]).double().mean().item()
    mistakes = {
        "the rate is a part of the pairs of different animals, not of all pairs": _point(
            scores, same, most, rate=lambda accepted: (accepted & ~same).double().mean().item()
        ),
        "that is the part of the accepted pairs that are false: the rate is a part of the different pairs": _point(
            scores, same, most, rate=lambda a: ((a & ~same).sum() / a.sum().clamp(min=1)).item()
        ),
        "a score equal to the threshold is accepted: >=, not >": _point(scores, same, most, accepts=torch.gt),
        "a rate of exactly `most` is allowed": _point(scores, same, most - 1e-9),
        "that is the false accept rate of that threshold: the true accept rate is asked for": (
            right[0],
            false_rate,
        ),
        "that is the highest threshold that is allowed, where the fewest are found: take the lowest": _point(
            scores, same, most, lowest=False
        ),
        "the false reject rate is the rest: give the part that is accepted": (right[0], 1 - right[1]),
        "true accept rate: a part of the pairs of the same animal, not of all": (
            right[0],
            ((scores >= right[0]) & same).double().mean().item(),
        ),
    }
    checks.close(got, right, call, mistakes=mistakes)


few, which = torch.tensor([0.9, 0.8, 0.7, 0.6]), torch.tensor([True, False, True, False])

with task.part(2, "pairs"):
    _check_pairs(torch.randn(5, 3, generator=generator), torch.tensor([1, 0, 1, 1, 0]))

with task.part(2, "the worked example"):
    _check_threshold(few, which, 0.5)
    _check_threshold(few, which, 0.0)

### BEGIN HIDDEN TESTS
with task.part(1, "fresh pairs"):
    for count, width in [(8, 4), (3, 2), (12, 6)]:
        _check_pairs(
            torch.randn(count, width, generator=generator) * 3,
            torch.randint(4, (count,), generator=generator),
        )

with task.part(2, "fresh scores, ties among them"):
    for count, levels, most in [(64, 12, 0.125), (64, 200, 0.0625), (32, 8, 0.25), (64, 15, 0.1875)]:
        same = torch.arange(count) % 4 == 0
        scores = (torch.randint(levels, (count,), generator=generator) + same * (levels // 3)) / 64
        _check_threshold(scores, same, most)

with task.part(1, "so strict that nothing is accepted"):
    _check_threshold(torch.tensor([0.5, 0.9, 0.2]), torch.tensor([True, False, True]), 0.0)
### END HIDDEN TESTS

task.score()

# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_antelopes", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 9 · Forty antelopes in the dark (10 points, marked by hand)
#
# A reserve wants to tell eight kinds of antelope apart in night pictures of its camera traps: infrared, grey, 640 × 480. Rangers have labelled forty pictures of each kind, from five cameras. A colleague takes a
# ResNet18 with ImageNet weights, sets `requires_grad = False` for all its parameters, gives it a new last layer, and trains it with the usual loop, `model.train()` at the start. On
# a random fifth of the pictures it is right in 94 %. On a camera set up last week, in 61 %. "Transfer does not work for infrared", says the colleague. In about ten sentences:
#
# 1. Name two reasons why the new camera is so much worse than the 94 %, and how you would split the pictures so that the number tells what to expect from a new camera.
# 2. The parameters were frozen, and yet the features of the same picture differed before and after training. Why? What would you change, and which choice about batch norm would you try, and compare, for infrared?
# 3. Would you freeze all, fine-tune with smaller steps below, or train from scratch with these 320 pictures? Say what you expect of each and why, what you would measure to find out, and what it costs.
# 4. What would you try to find out whether ImageNet is a bad source here, and what result would convince you that transfer hurts?
#
# **How it is marked.**
#
# | points | for |
# | ---: | --- |
# | 3 | two reasons: pictures of one camera or night are near copies in both parts (1), another background, light, distance (1); a split by camera, every camera left out once (1) |
# | 3 | batch norm's running statistics are no parameters and change in training mode (1); evaluation mode for what is frozen (1); new statistics from unlabelled infrared pictures as a choice to compare (1) |
# | 2 | expectations with reasons, scratch last (1); several draws with their spread, on cameras left out, and a cost in time or multiply-adds (1) |
# | 2 | a nearer source or an untrained network as control (1); transfer hurts if the control or training from scratch does better on left-out cameras, beyond the spread (1) |

# %% [markdown] nbgrader={"grade": true, "grade_id": "antelopes", "locked": false, "points": 10, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The random fifth holds pictures of the same five cameras, often of the same night and the same animal a second later, so that the test asks for near copies of what was learned from. The new camera has another background, another lamp and another
# distance, which the head has never met. I would split by camera: train on four, test on the fifth, each camera left out once, and report the mean and the spread of the five. That is the number to expect of a sixth camera.
#
# Freezing parameters does not freeze batch norm's running means and variances: they are buffers, and every forward pass in training mode averages the batch into them. So the features move though no weight does. What is frozen belongs in evaluation mode
# during training too. But ImageNet's statistics are those of colour photographs by day; I would compare keeping them with estimating new ones once, from many unlabelled infrared pictures, and freezing those.
#
# With 320 pictures I expect training from scratch to be worst by far: eleven million weights and nothing known. Frozen features with a linear head should be good and cheap: one forward pass a picture. Fine-tuning with smaller steps below may add some points, since
# infrared is unlike ImageNet even in the lower layers, at three passes' worth of work a picture and epoch. I would measure all three on left-out cameras with five draws each, with their spread, and the minutes beside it.
#
# Whether the source is bad, controls show: the same head on an untrained network and on grey pixels, and a nearer source, such as a network trained on other camera traps. Transfer hurts if the untrained control or training from scratch beats
# the ImageNet features on left-out cameras by clearly more than the spread over draws. A bad number on one new camera alone shows nothing of the kind.
# ### END SOLUTION

# %% tags=["download"]
# On Colab this downloads your work, to hand it in. Elsewhere it does nothing: there the notebook is a file already.
from utils import colab

colab.download("10_transfer_learning_images.ipynb")
