"""The course's three problems: what they hold, and that a shift moves the pattern and nothing else."""

from dataclasses import replace

import pytest
import torch

from utils.datasets import problems, savanna, speech


def test_the_words_are_half_of_the_clips_in_a_window_that_holds_every_phrase():
    inputs, labels = problems.words("test")
    assert inputs.shape == (160, 1, 129, 54) and inputs.dtype == torch.float32
    assert labels.float().mean() == 0.5
    assert inputs.min() == -1 and 0.5 < inputs.max() < 3
    assert speech.longest_phrase() <= problems.WINDOW and problems.WINDOW % 128 == 0


def test_a_shift_by_one_step_moves_a_spectrogram_by_one_column():
    still, moved = problems.words("validation")[0], problems.words("validation", shift=128)[0]
    torch.testing.assert_close(moved[..., 3:-2], still[..., 2:-3], atol=1e-3, rtol=0)


def test_animals_are_grey_with_every_class_alike_and_the_zebra_first():
    inputs, labels = problems.animals(problems.ZEBRA, 40, seed=3)
    assert inputs.shape == (40, 1, 32, 32) and inputs.min() >= -0.5 and inputs.max() <= 0.5
    assert labels.bincount().tolist() == [10] * 4 and problems.ZEBRA.animals[0] == "zebra"


def test_scenes_made_in_portions_are_those_made_at_once(monkeypatch):
    at_once = problems.animals(problems.ANY_ANGLE, 10, seed=3)
    monkeypatch.setattr(problems, "_PORTION", 4)
    for whole, portions in zip(at_once, problems.animals(problems.ANY_ANGLE, 10, seed=3), strict=True):
        assert torch.equal(whole, portions)
    assert problems.animals(problems.ZEBRA, 0, seed=3)[0].shape == (0, 1, 32, 32)


def test_the_animal_moves_with_a_shift_and_the_background_does_not():
    def masks(recipe):
        return savanna.batch(recipe, 8, seed=3)["instances"] > 0

    moved = replace(problems.ZEBRA, shift=(2, 0))
    assert torch.equal(masks(moved)[..., 2:], masks(problems.ZEBRA)[..., :-2])
    still, pictures = (problems.animals(recipe, 8, seed=3)[0] for recipe in (problems.ZEBRA, moved))
    assert torch.equal(still[..., :5], pictures[..., :5])  # background alone


def test_the_third_problem_turns_the_second():
    assert replace(problems.ZEBRA, rotation=(-180.0, 180.0)) == problems.ANY_ANGLE


def test_moved_loses_what_leaves_and_fills_what_comes_in():
    x = torch.arange(1, 13).reshape(3, 4)
    assert problems.moved(x, 1).tolist() == [[0, 1, 2, 3], [0, 5, 6, 7], [0, 9, 10, 11]]
    assert problems.moved(x, -2, dim=0, fill=7).tolist() == [[9, 10, 11, 12], [7] * 4, [7] * 4]
    assert torch.equal(problems.moved(x, 0), x) and problems.moved(x, 0) is not x
    assert all((problems.moved(x, steps, fill=5) == 5).all() for steps in (4, -4, 9))
    with pytest.raises(IndexError):
        problems.moved(x, 1, dim=2)


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="split"):
        problems.words("all")
