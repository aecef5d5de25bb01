"""Training as the course does it: batches, a loop, and what the loop measured, in plain data. Unit 05 writes this loop by hand.

train = training.Batches(images, labels, 64, seed=0)
history = training.fit(model, train, epochs=5, optimizer=torch.optim.Adam(model.parameters(), 1e-3))
training.evaluate(model, training.Batches(test_images, test_labels, 256))["accuracy"]
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


class Batches:
    """Inputs and targets in mini-batches; each pass over them is in a new order, if there is a seed.

    The order of pass n depends on the seed and n alone. Iterating gives pairs (inputs, targets), as a DataLoader of tensors does.

    Parameters
    ----------
    inputs : torch.Tensor of shape (N, ...)
    targets : torch.Tensor of shape (N, ...), or a dict of such tensors
    size : int
        Rows in a batch; the last one has what is left.
    seed : int, optional
        Of the orders. Left out: the order of the rows, always.
    transform : function (inputs, targets) -> (inputs, targets), optional
        Applied to each batch when it is made: conversion, augmentation.

    Raises
    ------
    ValueError
        For no rows, a size below 1, or inputs and targets that differ in number.
    """

    def __init__(self, inputs, targets, size: int, *, seed: int | None = None, transform: Callable | None = None):
        lengths = {len(inputs), *map(len, targets.values() if isinstance(targets, Mapping) else [targets])}
        if len(lengths) > 1 or 0 in lengths:
            raise ValueError(f"as many targets as inputs are needed, and at least one; got the lengths {sorted(lengths)}")
        if size < 1:
            raise ValueError(f"size={size}: a batch needs at least 1 row")
        self.inputs, self.targets, self.size, self.seed, self.transform = inputs, targets, size, seed, transform
        self.passes = 0

    def __len__(self) -> int:
        return math.ceil(len(self.inputs) / self.size)

    def __iter__(self):
        import torch

        order = torch.arange(len(self.inputs))
        if self.seed is not None:
            random = torch.Generator().manual_seed(self.seed * 1_000_003 + self.passes)
            order = torch.randperm(len(order), generator=random)
        self.passes += 1
        for rows in order.split(self.size):
            targets = self.targets
            batch = self.inputs[rows], {k: t[rows] for k, t in targets.items()} if isinstance(targets, Mapping) else targets[rows]
            yield self.transform(*batch) if self.transform else batch


def accuracy(outputs, targets) -> float:
    """Part of the rows whose largest output is that of the target's class. outputs (B, C), targets (B,) int64."""
    return (outputs.argmax(1) == targets).float().mean().item()


def fit(
    model,
    batches: Iterable,
    *,
    epochs: int,
    optimizer,
    schedule=None,
    loss: Callable | None = None,
    measures: Mapping[str, Callable] | None = None,
    validation: Iterable | None = None,
    checkpoint: Path | None = None,
    progress: bool = True,
) -> dict[str, list[float]]:
    """Train `model` in place, and return what was measured in each epoch.

    Parameters
    ----------
    batches, validation : iterable of (inputs, targets)
        Gone through once an epoch. The model is in training mode for the first and in evaluation mode for the second.
    schedule : torch.optim.lr_scheduler, optional
        Stepped after every batch.
    loss : function (outputs, targets) -> scalar tensor
        Cross-entropy if left out.
    measures : dict of functions (outputs, targets) -> number
        Measured beside the loss, a mean over rows; the accuracy if left out.
    checkpoint : path, optional
        A file that holds the state of training after each epoch. If it is there, training goes on from it, and ends with the very numbers
        that it would have had without the break, if all chance comes from the seeds of `batches` and from torch's own generator.

    Returns
    -------
    dict: "loss", "accuracy" (or what `measures` names), the same with "validation_" before it: lists with a number for each epoch. Those of
    training are measured while the model changes; the model is left in evaluation mode.

    Raises
    ------
    ValueError
        If there are no batches, or the checkpoint is of another training.
    FloatingPointError
        If the loss is no longer a finite number.
    """
    from tqdm import tqdm

    parts = {"model": model, "optimizer": optimizer} | ({} if schedule is None else {"schedule": schedule})
    history = _resume(checkpoint, parts, batches, epochs) if checkpoint and checkpoint.exists() else {}
    for epoch in range(len(history.get("loss", ())) + 1, epochs + 1):
        with tqdm(batches, f"epoch {epoch}/{epochs}", unit="batch", disable=not progress, leave=False) as bar:
            bar.set_postfix({name: f"{values[-1]:.3f}" for name, values in history.items()})
            measured = _go_through(model, bar, loss, measures, optimizer, schedule, f"epoch {epoch}")
        if validation is not None:
            evaluated = evaluate(model, validation, loss=loss, measures=measures)
            measured |= {f"validation_{name}": value for name, value in evaluated.items()}
        for name, value in measured.items():
            history.setdefault(name, []).append(value)
        if checkpoint:
            _save(checkpoint, parts, batches, epochs, history)
    model.eval()
    return history


def evaluate(
    model, batches: Iterable, *, loss: Callable | None = None, measures: Mapping[str, Callable] | None = None
) -> dict[str, float]:
    """Loss and measures of a model on all rows, in evaluation mode and without gradients. Parameters and errors as `fit`.

    Returns
    -------
    dict: "loss", "accuracy" (or what `measures` names): means over the rows
    """
    import torch

    with torch.no_grad():
        return _go_through(model, batches, loss, measures)


def count_parameters(model, *, trainable_only: bool = False) -> int:
    """Numbers in all parameters of a model; with `trainable_only`, in those that an optimizer may change."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad or not trainable_only)


@dataclass(frozen=True)
class Rung:
    """One rung of the `ladder`: what was measured, what is expected, and whether it holds."""

    name: str
    measured: float
    expected: str
    holds: bool

    def __str__(self):
        return f"{'✔' if self.holds else '✘'} {self.name}: {self.measured:.3g}, expected {self.expected}"


def ladder(
    make_model: Callable,
    batches: Iterable,
    *,
    classes: int,
    mark: float,
    learning_rate: float = 1e-3,
    steps: int = 60,
    loop: Callable | None = None,
) -> list[Rung]:
    """Five checks of a classifier, its data and its training loop, from the cheapest up; each has a number to expect. Unit 05.

    1. The scores of a row do not depend on the other rows of the batch, in evaluation mode.
    2. The gradient of the loss is the numerical one, along three random directions, in double precision.
    3. The first loss is about log(classes): a fresh network knows nothing.
    4. A few rows can be learned by heart: after `steps` steps on eight of them the loss is near 0.
    5. One epoch over everything gets the accuracy above `mark`.

    Parameters
    ----------
    make_model : function () -> model
        A fresh model at each call: each rung begins anew.
    batches : iterable of (inputs, labels)
    mark : float
        The accuracy on `batches` to be passed after one epoch: clearly more than chance.
    learning_rate : float
        Of Adam, which takes the steps.
    loop : function (model, batches, *, epochs, optimizer) -> {"loss": [a number an epoch], ...}
        The loop to check; `fit` if left out.

    Source: A. Karpathy, A recipe for training neural networks (2019); CS231n's sanity checks.
    """
    import torch

    def trained(model, rows, epochs):
        return (loop or _quiet_fit)(model, rows, epochs=epochs, optimizer=torch.optim.Adam(model.parameters(), learning_rate))

    inputs, labels = next(iter(batches))
    few = [(inputs[:8], labels[:8])]
    apart, slope = _dependence(make_model(), inputs[:8]), _gradient_error(make_model(), inputs[:8], labels[:8])
    first, last = trained(make_model(), [(inputs, labels)], 1)["loss"][0], trained(make_model(), few, steps)["loss"][-1]
    model = make_model()
    trained(model, batches, 1)
    reached, chance = evaluate(model, batches)["accuracy"], math.log(classes)
    return [
        Rung("values: scores of a row, alone and in company, differ by", apart, "0", apart < 1e-3),
        Rung("gradient: relative distance from the numerical one", slope, "0", slope < 1e-3),
        Rung("first loss", first, f"about log {classes} = {chance:.3g}", abs(first - chance) < chance / 4),
        Rung(f"loss on 8 rows after {steps} steps", last, "near 0", last < chance / 10),
        Rung("accuracy after one epoch", reached, f"above {mark:g}", reached > mark),
    ]


def _quiet_fit(model, batches, *, epochs, optimizer):
    return fit(model, batches, epochs=epochs, optimizer=optimizer, progress=False)


def _dependence(model, inputs) -> float:
    """The most by which a row's scores change when it is alone in its batch."""
    import torch

    model.eval()
    with torch.no_grad():
        together, alone = model(inputs), torch.cat([model(row) for row in inputs.split(1)])
    return (together - alone).abs().max().item()


def _gradient_error(model, inputs, labels, step: float = 1e-7) -> float:
    """Relative distance of the loss's slopes along three random directions from their central differences."""
    import torch
    from torch.nn.functional import cross_entropy

    model.double().eval()
    inputs = inputs.double()
    parameters = [p for p in model.parameters() if p.requires_grad]
    gradients = torch.autograd.grad(cross_entropy(model(inputs), labels), parameters)
    random, slopes = torch.Generator().manual_seed(0), []
    with torch.no_grad():
        for _ in range(3):
            direction = [torch.randn(p.shape, generator=random, dtype=p.dtype) for p in parameters]
            losses = []
            for p_step in (step, -2 * step):  # forward, then back to the other side
                for p, d in zip(parameters, direction, strict=True):
                    p += p_step * d
                losses.append(cross_entropy(model(inputs), labels).item())
            for p, d in zip(parameters, direction, strict=True):
                p += step * d
            exact = sum((g * d).sum().item() for g, d in zip(gradients, direction, strict=True))
            slopes.append((exact, (losses[0] - losses[1]) / (2 * step)))
    return max(abs(a - n) for a, n in slopes) / max(abs(a) + abs(n) for a, n in slopes)


def _save(checkpoint, parts, batches, epochs, history) -> None:
    """Written beside its place and then moved there: a run that is killed leaves the old checkpoint or the new one, whole."""
    import torch

    state = {name: part.state_dict() for name, part in parts.items()}
    state |= {"random": torch.get_rng_state(), "passes": getattr(batches, "passes", 0), "epochs": epochs, "history": history}
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    partial = checkpoint.with_name(f"{checkpoint.name}.partial")
    torch.save(state, partial)
    partial.replace(checkpoint)


def _resume(checkpoint, parts, batches, epochs) -> dict[str, list[float]]:
    """Put all parts into the state of the checkpoint; returns the history until then."""
    import torch

    try:
        state = torch.load(checkpoint, weights_only=True)
        if state["epochs"] != epochs:
            raise ValueError(f"it is for {state['epochs']} epochs, and this is for {epochs}")
        for name, part in parts.items():
            part.load_state_dict(state[name])
    except Exception as error:
        raise ValueError(f"{checkpoint} is no checkpoint of this training; delete it to begin anew. {error}") from error
    torch.set_rng_state(state["random"])
    if hasattr(batches, "passes"):
        batches.passes = state["passes"]
    return state["history"]


def _go_through(model, batches, loss, measures, optimizer=None, schedule=None, when: str = "evaluation") -> dict[str, float]:
    """One pass; a step after every batch if there is an optimizer. Means over rows."""
    from torch.nn.functional import cross_entropy

    measures = {"accuracy": accuracy} if measures is None else measures
    sums, rows = defaultdict(float), 0
    model.train(optimizer is not None)
    for inputs, targets in batches:
        outputs = model(inputs)
        value = (loss or cross_entropy)(outputs, targets)
        if not math.isfinite(value.item()):
            raise FloatingPointError(f"the loss is {value.item()} in {when}: try a lower learning rate, and look at the inputs")
        if optimizer is not None:
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            if schedule is not None:
                schedule.step()
        sums["loss"] += value.item() * len(inputs)
        for name, measure in measures.items():
            sums[name] += float(measure(outputs.detach(), targets)) * len(inputs)
        rows += len(inputs)
    if not rows:
        raise ValueError(f"no batches in {when}: an iterator can be gone through once only; give a list, a DataLoader or Batches")
    return {name: total / rows for name, total in sums.items()}
