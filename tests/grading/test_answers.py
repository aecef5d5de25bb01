"""Every unit's answer bank through the sandbox: the same points as utils.authoring.bank gives, and the same words."""

import re
from functools import cache
from itertools import zip_longest
from pathlib import Path

import jupytext
import nbformat
import pytest

from utils.authoring import bank
from utils.grading.records import Submission

ROOT = Path(__file__).parents[2]
UNITS = sorted(path.name for path in (ROOT / "tests" / "answers").iterdir() if path.is_dir() and not path.name.startswith("__"))


@cache
def source(unit):
    return jupytext.read(ROOT / "solutions" / unit / f"{unit}.py")


def rows(unit):
    """Every answer of the unit once, one for each task at a time: as many submissions as the longest task has answers."""
    answers = bank.answers(unit, ROOT)
    by_task = [[answer for answer in answers if answer.task == task] for task in bank.tasks(source(unit))]
    return [[answer for answer in row if answer] for row in zip_longest(*by_task)]


def timeless(report):
    return re.sub(r"seconds [\d.]+|[\d.]+ seconds", "a time", report)


CASES = [(unit, number) for unit in UNITS for number in range(len(rows(unit)))]


@pytest.mark.parametrize(("unit", "number"), CASES, ids=[f"{unit}-{number}" for unit, number in CASES])
def test_an_answer_gets_the_points_and_words_that_the_bank_gives(grader_of, unit, number):
    answers = {answer.task: answer.source for answer in rows(unit)[number]}
    expected = bank.mark(source(unit), answers)
    notebook = nbformat.writes(bank.fill(source(unit), answers))
    result = grader_of(unit).grade(Submission("student", notebook.encode()))
    assert result.status == "graded"
    assert {v.task: (v.points, v.of) for v in result.verdicts} == {task: (v.points, v.of) for task, v in expected.items()}
    for verdict in result.verdicts:  # what the answer itself printed while it was tested comes first, and only there
        assert timeless(expected[verdict.task].report).endswith(timeless(verdict.report))
    assert all(sum(part.points for part in v.parts) == v.points for v in result.verdicts)


@pytest.mark.parametrize("unit", UNITS)
def test_the_reference_earns_everything_and_the_release_nothing(grader_of, unit):
    grader = grader_of(unit)
    reference = grader.grade(Submission("reference", grader.bundle.source.encode()))
    assert [v.status for v in reference.verdicts] == ["passed"] * len(grader.bundle.tasks)
    assert reference.points == sum(task.points for task in grader.bundle.tasks)
    untouched = grader.grade(Submission("untouched", grader.bundle.release.encode()))
    assert [v.status for v in untouched.verdicts] == ["unwritten"] * len(grader.bundle.tasks)
    assert untouched.points == 0
