"""On Colab a student gets the notebook as a file; elsewhere nothing happens."""

import json
import sys
from types import ModuleType

import pytest

from utils import colab

NOTEBOOK = {"cells": [{"cell_type": "markdown", "source": ["größer als 3 × 3"]}]}


@pytest.fixture
def on_colab(monkeypatch, tmp_path):
    """A stand-in for google.colab; `answer` is what the browser says, `downloaded` the files it got."""
    package = ModuleType("google.colab")
    package.answer, package.downloaded, package.asked = {"ipynb": NOTEBOOK}, [], []
    package._message, package.files = ModuleType("_message"), ModuleType("files")
    package._message.blocking_request = lambda kind, timeout_sec: package.asked.append(kind) or package.answer
    package.files.download = package.downloaded.append
    for name, module in {"google": ModuleType("google"), "google.colab": package}.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.chdir(tmp_path)
    return package


def test_the_notebook_is_downloaded_as_it_stands_in_the_browser(on_colab, tmp_path, capsys):
    colab.download("03_x.ipynb")
    assert on_colab.asked == ["get_ipynb"] and on_colab.downloaded == ["03_x.ipynb"]
    assert json.loads((tmp_path / "03_x.ipynb").read_text(encoding="utf-8")) == NOTEBOOK
    assert "hand in this file" in capsys.readouterr().out


@pytest.mark.parametrize("answer", [None, {}, {"ipynb": {1, 2}}])
def test_a_browser_that_does_not_answer_as_it_should_leaves_the_menu(on_colab, answer, capsys):
    on_colab.answer = answer
    colab.download("03_x.ipynb")
    assert on_colab.downloaded == []
    assert "File > Download" in capsys.readouterr().out


def test_elsewhere_nothing_happens(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    colab.download("03_x.ipynb")
    assert not list(tmp_path.iterdir()) and capsys.readouterr().out == ""
