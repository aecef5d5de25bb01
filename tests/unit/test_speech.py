import pytest
import torch

from utils.datasets import speech


@pytest.fixture(scope="module", params=speech.SPLITS)
def clips(request):
    return speech.load(request.param)


def test_clips_are_waveforms_with_balanced_labels(clips):
    waves, labels, table = clips
    assert waves.shape == (len(labels), 1, speech.LENGTH) and len(table) == len(labels)
    assert waves.abs().max() <= 1
    assert labels.float().mean() == pytest.approx(0.5, abs=0.02)


def test_the_same_arguments_give_the_same_clips():
    first, again = (speech.load("test", snr_db=10, seed=5)[0] for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, speech.load("test", snr_db=10, seed=6)[0])


def test_an_unknown_split_is_an_error_that_names_it():
    with pytest.raises(ValueError, match="holiday"):
        speech.load("holiday")
