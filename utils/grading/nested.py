"""The tensors and arrays inside lists, tuples and dicts, in one order on both sides of the wall."""

from collections.abc import Iterator

import numpy
import torch


def arrays(value) -> Iterator:
    """All tensors and NumPy arrays in `value`, depth first."""
    if isinstance(value, torch.Tensor | numpy.ndarray):
        yield value
    elif type(value) in (list, tuple):
        for item in value:
            yield from arrays(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from arrays(item)


def differentiable(value) -> list[torch.Tensor]:
    """Those of `arrays` that autograd tracks."""
    return [array for array in arrays(value) if isinstance(array, torch.Tensor) and array.requires_grad]


def replace_differentiable(value, new: Iterator[torch.Tensor]):
    """The same structure, with the tensors of `differentiable` replaced by the next ones of `new`."""
    if isinstance(value, torch.Tensor) and value.requires_grad:
        return next(new)
    if type(value) in (list, tuple):
        return type(value)(replace_differentiable(item, new) for item in value)
    if isinstance(value, dict):
        return {key: replace_differentiable(item, new) for key, item in value.items()}
    return value
