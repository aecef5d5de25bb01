"""The grader of one unit at a time: starting it takes seconds and about a gigabyte, a submission a fraction of a second."""

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
    """A function: the grader of a unit. It closes the grader of another unit."""
    running = {}

    def get(unit):
        if unit not in running:
            close()
            running[unit] = Grader(make_bundle(unit)).__enter__()
        return running[unit]

    def close():
        while running:
            running.popitem()[1].close()

    yield get
    close()
