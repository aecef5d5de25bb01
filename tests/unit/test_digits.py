"""The digits: shapes, range, a fixed split that keeps the classes' shares, and clear words for a wrong request."""

import hashlib

import pytest
import torch

from utils.datasets import digits


def test_digits_are_grey_images_of_8_by_8_between_0_and_1():
    images, labels = digits.load("train")
    assert images.shape == (1352, 1, 8, 8) and images.dtype == torch.float32
    assert images.min() == 0 and images.max() == 1 and torch.equal(images * 16, (images * 16).round())
    assert labels.shape == (1352,) and labels.dtype == torch.int64


def test_the_splits_together_hold_every_digit_once():
    from sklearn.datasets import load_digits

    both = torch.cat([digits.load(split)[0] for split in digits.SPLITS]).flatten(1) * 16
    assert sorted(both.tolist()) == sorted(load_digits().data.tolist())


def test_a_quarter_of_every_class_is_for_the_test():
    train, test = (digits.load(split)[1].bincount() for split in digits.SPLITS)
    assert torch.equal(test, (train + test) // 4) and len(test) == len(digits.CLASS_NAMES)


def test_the_split_of_a_seed_is_the_same_on_every_machine():
    images, labels = digits.load("test")
    digest = hashlib.sha256(
        (images * 16).to(torch.uint8).numpy().tobytes() + labels.to(torch.uint8).numpy().tobytes()
    ).hexdigest()
    assert digest.startswith("ae8a94b20f287a9a")


def test_another_seed_gives_another_split_of_the_same_size():
    first, second = digits.load("test", seed=0)[0], digits.load("test", seed=1)[0]
    assert first.shape == second.shape and not torch.equal(first, second)


def test_images_go_with_their_labels():
    """The mean image of each class in one split is nearest to that of the same class in the other."""
    means = [
        torch.stack([images[labels == c].mean(0).flatten() for c in range(10)])
        for images, labels in map(digits.load, digits.SPLITS)
    ]
    assert torch.equal(torch.cdist(*means).argmin(1), torch.arange(10))


def test_every_load_gives_tensors_of_its_own():
    digits.load("test")[0].zero_()
    assert digits.load("test")[0].max() == 1


def test_another_split_or_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="'val'.*train, test"):
        digits.load("val")
    with pytest.raises(ValueError, match="seed=-1"):
        digits.load("train", seed=-1)
