"""One bundle and one grader a unit for all tests in this folder: making them takes seconds, a submission a fraction of one."""

from functools import cache
from pathlib import Path

import pytest

from utils.grading import bundle, folders
from utils.grading.grade import Grader

ROOT = Path(__file__).parents[2]


@cache
def make_bundle(unit):
    notebooks = bundle._notebooks(folders.folders(ROOT), unit)
    return bundle.make(unit, bundle._key(notebooks), notebooks)


@pytest.fixture(scope="session")
def grader_of():
    """A function: the grader of a unit, started at its first use."""
    graders = {}

    def get(unit):
        if unit not in graders:
            graders[unit] = Grader(make_bundle(unit)).__enter__()
        return graders[unit]

    yield get
    for grader in graders.values():
        grader.close()
