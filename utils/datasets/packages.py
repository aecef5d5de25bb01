"""One-line descriptions of Debian packages, with the archive section as label: real sentences that people wrote, for the unit on language.

Each row is one source package of Debian 12 (bookworm). What was chosen and why stands in data/packages/README.md.
"""

SECTIONS = ("admin", "devel", "editors", "fonts", "games", "graphics", "mail", "math", "net", "science", "sound", "text", "web")
SPLITS = ("train", "validation", "test")
FILE = "packages/packages.csv"
COLUMNS = ("split", "section", "source", "package", "text")


def load(split: str) -> tuple[list[str], list[int], tuple[str, ...]]:
    """The descriptions of one split, section by section.

    Parameters
    ----------
    split : str
        "train", "validation" or "test": fixed for good, and no two descriptions of the set are near duplicates.

    Returns
    -------
    texts : list of str
    labels : list of int, as long as texts
        Indices into class_names.
    class_names : tuple of str
        The archive sections, in alphabetical order.

    Raises
    ------
    ValueError
        For another split.
    utils.datasets.store.DataDamaged
        If the file is missing or its checksum differs.

    Source: the package index of Debian 12; the descriptions are by the packages' maintainers.
    """
    if split not in SPLITS:
        raise ValueError(f"there is no split {split!r}; choose one of {', '.join(SPLITS)}")
    chosen = [row for row in rows() if row["split"] == split]
    return [row["text"] for row in chosen], [SECTIONS.index(row["section"]) for row in chosen], SECTIONS


def few(per_class: int, seed: int = 0) -> tuple[list[str], list[int], tuple[str, ...]]:
    """A few labelled descriptions of every section, drawn from the training split without replacement.

    The same arguments give the same draw on every machine. The classes take turns (0, 1, 2, …, 0, 1, 2, …), and a smaller draw is the
    beginning of a larger one with the same seed: few(4, seed) is the start of few(20, seed).

    Parameters
    ----------
    per_class : int
        Descriptions a section, from 1 to the size of the smallest section.
    seed : int
        At least 0.

    Returns
    -------
    texts, labels, class_names
        As from `load`, of len(class_names) * per_class items.

    Raises
    ------
    ValueError
        If per_class or seed is out of range.
    """
    import numpy as np

    texts, labels, names = load("train")
    classes = [[text for text, label in zip(texts, labels, strict=True) if label == number] for number in range(len(names))]
    most = min(map(len, classes))
    if not 1 <= per_class <= most:
        raise ValueError(f"per_class={per_class}: every section has from 1 to {most} descriptions to draw from")
    if seed < 0:
        raise ValueError(f"seed={seed}: a whole number of at least 0 is needed")
    drawn = []
    for number, members in enumerate(classes):
        # The raw output of a bit generator never changes between NumPy's releases; what its shuffles make of it may.
        keys = np.random.PCG64(np.random.SeedSequence([seed, number])).random_raw(len(members))
        drawn.append([members[i] for i in np.argsort(keys, kind="stable")[:per_class]])
    return [text for turn in zip(*drawn, strict=True) for text in turn], list(range(len(names))) * per_class, names


def rows() -> list[dict[str, str]]:
    """All rows of the file: split, section, source package, the binary package that the description is of, and the text."""
    import csv
    import io

    from utils.datasets import store

    return list(csv.DictReader(io.StringIO(store.read(FILE).decode("utf-8"), newline="")))
