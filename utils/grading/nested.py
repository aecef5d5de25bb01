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
    """Those of `arrays` that autograd tracks, each once."""
    found = {id(array): array for array in arrays(value) if isinstance(array, torch.Tensor) and array.requires_grad}
    return list(found.values())


def replace_differentiable(value, new: dict[int, torch.Tensor]):
    """The same structure, with the tensors of `differentiable` replaced by those that `new` has under their id."""
    if isinstance(value, torch.Tensor) and value.requires_grad:
        return new[id(value)]
    if type(value) in (list, tuple):
        return type(value)(replace_differentiable(item, new) for item in value)
    if isinstance(value, dict):
        return {key: replace_differentiable(item, new) for key, item in value.items()}
    return value
