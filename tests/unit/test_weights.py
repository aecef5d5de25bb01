"""Shipped weights: what is saved is loaded, what is damaged or another network's is refused, and it is said whether training happened."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from utils import weights
from utils.datasets import store


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "folder", lambda: tmp_path)
    return tmp_path


def network(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4 * 36, 2))


def saved(name="small", **facts):
    model = network(0)
    model(torch.rand(5, 3, 8, 8))  # gives the batch norm something to remember
    weights.to_half_precision(model.eval())
    weights.save(name, model, **facts)
    return model


def test_a_loaded_model_answers_as_the_saved_one(data):
    model, other, pictures = saved(), network(1), torch.rand(2, 3, 8, 8)
    weights.load("small", other)
    assert torch.equal(other(pictures), model(pictures))
    assert not other.training
    assert all(p.dtype == torch.float32 for p in other.parameters())


def test_half_precision_is_what_the_file_takes(data):
    saved()
    numbers = sum(value.numel() for value in network(0).state_dict().values())
    assert (data / "weights/small.safetensors").stat().st_size < 2 * numbers + 1500


def test_facts_come_back_as_they_were(data):
    saved(accuracy=0.97, classes=["ant", "bee"], versions={"torch": "2"}, made="by hand")
    expected = {"accuracy": 0.97, "classes": ["ant", "bee"], "versions": {"torch": "2"}, "made": "by hand"}
    assert weights.facts("small") == weights.load("small", network(1)) == expected


def test_the_same_weights_make_the_same_file(data):
    files = set()
    for _ in range(5):
        saved(accuracy=0.97, seed=3, epochs=2)
        files.add((data / "weights/small.safetensors").read_bytes())
    assert len(files) == 1


def test_damaged_weights_are_refused(data):
    saved()
    path = data / "weights/small.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    for use in (lambda: weights.load("small", network(1)), lambda: weights.facts("small")):
        with pytest.raises(store.DataDamaged, match=r"weights/small\.safetensors is damaged"):
            use()
    with pytest.raises(store.DataDamaged, match="damaged"):
        weights.load_or_train("small", network(1), lambda: pytest.fail("it must not be trained silently"))


def test_weights_of_another_network_are_refused(data):
    saved()
    with pytest.raises(ValueError, match="'small' are not for this network, a Linear"):
        weights.load("small", nn.Linear(3, 2))


def test_weights_that_are_there_are_loaded_and_that_is_said(data, capsys):
    model, other = saved(history={"loss": [2.0, 1.0]}, made="in 40 epochs"), network(1)
    history = weights.load_or_train("small", other, lambda: pytest.fail("trained"))
    assert torch.equal(other[3].weight, model[3].weight)
    assert history == {"loss": [2.0, 1.0]}
    assert "small: loaded from data/weights/small.safetensors (in 40 epochs); nothing was trained here" in capsys.readouterr().out


@pytest.mark.parametrize("there", [True, False])
def test_a_model_is_trained_where_there_are_no_weights_or_where_that_is_wanted_and_that_is_said(data, capsys, there):
    if there:
        saved(history={"loss": [2.0]})
    model = network(1).train()
    history = weights.load_or_train("small", model, lambda: {"loss": [0.5]}, retrain=there)
    assert history == {"loss": [0.5]}
    assert not model.training
    assert "small: trained here, in 0 s." in capsys.readouterr().out


def test_the_module_is_instant():
    """torch and safetensors are loaded where they are used."""
    code = "import utils, utils.weights, sys; print({'torch', 'safetensors', 'numpy'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
