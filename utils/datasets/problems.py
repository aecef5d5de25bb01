"""The three problems that run through the course, each with its pattern at one place, or moved by so much. Unit 01 states them.

inputs, labels = problems.words("train")                                # 1: are the words HAPA KAZI TU said?
inputs, labels = problems.animals(problems.ZEBRA, 1000, seed=1)         # 2: which of four animals is it, the zebra?
inputs, labels = problems.animals(problems.ANY_ANGLE, 1000, seed=1)     # 3: the same, turned by any angle
moved, labels = problems.animals(replace(problems.ZEBRA, shift=(2, 0)), 1000, seed=2)
"""

from dataclasses import replace

import torch

from utils.datasets import savanna, speech

WINDOW = 6784  # samples, 0.85 s: the longest phrase (6,775), up to a whole number of the spectrogram's steps of 128
ZEBRA = savanna.Recipe(size=32, animals=("zebra", "horse", "cow", "donkey"), scale=0.6, x=0.5, y=0.5, mirror=0.0)
ANY_ANGLE = replace(ZEBRA, rotation=(-180.0, 180.0))
_PORTION = 1000  # scenes composed at a time, which keeps the memory they take in between below 100 MB


def words(split: str, *, shift: int = 0):
    """Problem 1: spectrograms of a window of 0.85 s, in whose middle stands "hapa kazi tu" or another phrase; `shift` moves the speech.

    Parameters
    ----------
    split : str
        "train", "validation" or "test": voices differ.
    shift : int
        Samples, 8,000 a second; later above 0, earlier below 0.

    Returns
    -------
    inputs : torch.Tensor (B, 1, 129, 54) float32
        Decibels divided by 20 after adding 60: from -1 to about 2.
    labels : torch.Tensor (B,) int64, 1 where the words are said

    Raises
    ------
    ValueError, TypeError, utils.datasets.store.DataDamaged
        As utils.datasets.speech.load.
    """
    clips, labels, _ = speech.load(split, place="fixed", length=WINDOW, shift=shift)
    return (speech.spectrogram(clips) + 60) / 20, labels


def moved(x, steps: int, dim: int = -1, fill: float = 0.0):
    """A tensor whose components stand `steps` further along `dim`: what leaves is lost, `fill` comes in.

    Parameters
    ----------
    x : torch.Tensor
        Of any shape. It stays as it is.
    steps : int
        Towards the end above 0, towards the beginning below 0; as many as there are components, or more, leave `fill` alone.

    Returns
    -------
    torch.Tensor of x's shape and dtype

    Raises
    ------
    IndexError
        If x has no such dimension.
    """
    result = torch.full_like(x, fill)
    kept = max(x.shape[dim] - abs(steps), 0)
    result.narrow(dim, max(steps, 0) if kept else 0, kept).copy_(x.narrow(dim, max(-steps, 0) if kept else 0, kept))
    return result


def animals(recipe: savanna.Recipe, count: int, *, seed: int):
    """Problems 2 and 3: grey pictures of one animal each; `recipe` says where and how it stands.

    Parameters
    ----------
    recipe : utils.datasets.savanna.Recipe
        Such as ZEBRA, ANY_ANGLE, or either with something replaced.
    count, seed : int
        As utils.datasets.savanna.batch. Another seed makes other scenes of the same drawings.

    Returns
    -------
    inputs : torch.Tensor (count, 1, S, S) float32
        Mean of red, green and blue, from -0.5 (black) to 0.5 (white).
    labels : torch.Tensor (count,) int64, index into recipe.animals: 0 for the zebra

    Raises
    ------
    ValueError, utils.datasets.store.DataDamaged
        As utils.datasets.savanna.batch.
    """
    import torch

    inputs, labels = [], []
    for start in range(0, max(count, 1), _PORTION):
        scenes = savanna.batch(recipe, min(_PORTION, count - start), seed=seed, start=start)
        inputs.append(scenes["images"].float().mean(1, keepdim=True) / 255 - 0.5)
        labels.append(scenes["labels"][:, 0])
    return torch.cat(inputs), torch.cat(labels)
