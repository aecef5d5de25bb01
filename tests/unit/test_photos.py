"""The photographs: shape, range, scaling, and clear words for a wrong request."""

import warnings

import pytest
import torch

from utils.datasets import photos


@pytest.mark.parametrize("name", photos.NAMES)
def test_a_photograph_is_a_plain_tensor_of_three_channels_between_0_and_1(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        photo = photos.load(name)
    assert type(photo) is torch.Tensor and photo.dtype == torch.float32 and photo.shape == (3, 427, 640)
    assert 0 <= photo.min() < 0.1 and 0.9 < photo.max() <= 1


def test_the_size_is_that_of_the_shorter_side_and_the_shape_stays_alike():
    photo = photos.load("china", 64)
    assert photo.shape == (3, 64, 95)
    assert photo.min() >= 0 and photo.max() <= 1


def test_scaling_averages_instead_of_picking_pixels():
    whole, small = photos.load("flower"), photos.load("flower", 32)
    assert torch.allclose(whole.mean((1, 2)), small.mean((1, 2)), atol=0.01)
    assert small.std() < whole.std()


def test_the_channels_are_red_green_blue():
    red, green, blue = photos.load("flower", 64)[:, 22:38, 35:55].mean((1, 2))  # the dahlia itself, which is orange
    assert red > green > blue


def test_every_load_gives_a_picture_of_its_own():
    photos.load("china", 16).zero_()
    assert photos.load("china", 16).max() > 0.5


def test_another_name_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match="'cat'.*china, flower"):
        photos.load("cat")


@pytest.mark.parametrize("size", [7, 428, 0, -1])
def test_a_size_that_cannot_be_is_refused(size):
    with pytest.raises(ValueError, match=f"size={size}"):
        photos.load("china", size)
