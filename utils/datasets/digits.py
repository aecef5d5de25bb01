"""The handwritten digits that come with scikit-learn: 1,797 grey images of 8 x 8 pixels, ten classes.

Digits that people wrote on a form, cut out by programs of NIST as 32 x 32 black and white dots; each pixel here counts the ink in a
block of 4 x 4 dots.
The set is the test part of "Optical Recognition of Handwritten Digits" in the UCI repository, by E. Alpaydin and C. Kaynak (1998,
https://doi.org/10.24432/C50P49, CC BY 4.0); 13 people wrote it. Who wrote which digit is not recorded, so that the same hands are in both
splits here: the accuracy on new hands is lower than what these splits show.
"""

CLASS_NAMES = tuple("0123456789")
SPLITS = ("train", "test")


def load(split: str, seed: int = 0):
    """The digits of one split.

    Of every class a quarter, rounded down, is in the test split; which ones, the seed decides, alike on every machine.

    Parameters
    ----------
    split : str
        "train" (1,352 images) or "test" (445).
    seed : int
        At least 0. Another seed gives another split of the same images.

    Returns
    -------
    images : torch.Tensor, shape (N, 1, 8, 8), float32 in [0, 1]
        Paper is 0, full ink is 1; the values are sixteenths.
    labels : torch.Tensor, shape (N,), int64 from 0 to 9

    Raises
    ------
    ValueError
        For another split, or a negative seed.

    Source: sklearn.datasets.load_digits.
    """
    if split not in SPLITS:
        raise ValueError(f"there is no split {split!r}; choose one of {', '.join(SPLITS)}")
    if seed < 0:
        raise ValueError(f"seed={seed}: a whole number of at least 0 is needed")
    import numpy as np
    import torch
    from sklearn.datasets import load_digits

    digits = load_digits()
    tested = np.zeros(len(digits.target), dtype=bool)
    for label in range(len(CLASS_NAMES)):
        members = np.flatnonzero(digits.target == label)
        # The raw output of a bit generator never changes between NumPy's releases; what its shuffles make of it may.
        keys = np.random.PCG64(np.random.SeedSequence([seed, label])).random_raw(len(members))
        tested[members[np.argsort(keys, kind="stable")[: len(members) // 4]]] = True
    chosen = tested if split == "test" else ~tested
    images = torch.from_numpy(digits.images[chosen]).to(torch.float32).unsqueeze(1) / 16
    return images, torch.from_numpy(digits.target[chosen]).to(torch.int64)
