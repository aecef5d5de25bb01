"""Every unit's answer bank through the sandbox: the same points as utils.authoring.bank gives, and the same words."""

import re
from itertools import zip_longest
from pathlib import Path

import jupytext
import pytest
import torch

from utils.authoring import bank
from utils.grading import bundle, folders, notebooks
from utils.grading.grade import Grader, Run
from utils.grading.records import Submission

ROOT = Path(__file__).parents[2]
UNITS = sorted(path.name for path in (ROOT / "tests" / "answers").iterdir() if path.is_dir() and not path.name.startswith("__"))


@pytest.mark.parametrize("unit", UNITS)
def test_the_bank_earns_the_same_points_and_words_behind_the_walls(unit):
    parts = bundle._notebooks(folders.folders(ROOT), unit)
    with Grader(bundle.make(unit, bundle._key(parts), parts)) as grader:
        reference = grader.grade(Submission("reference", grader.bundle.source.encode()))
        assert [v.status for v in reference.verdicts] == ["passed"] * len(grader.bundle.tasks)
        untouched = grader.grade(Submission("untouched", grader.bundle.release.encode()))
        assert {(v.status, v.points) for v in untouched.verdicts} == {("unwritten", 0)}
        torch.set_num_threads(1)  # as behind the walls
        solutions = jupytext.read(ROOT / "solutions" / unit / f"{unit}.py")
        assert [found for answers in rows(unit, solutions) for found in differences(grader, solutions, answers)] == []


def rows(unit, solutions):
    """Every answer of the unit once, one for each task at a time: as many submissions as the longest task has answers."""
    answers = bank.answers(unit, ROOT)
    by_task = [[answer for answer in answers if answer.task == task] for task in bank.tasks(solutions)]
    return [[answer for answer in row if answer] for row in zip_longest(*by_task)]


def differences(grader, solutions, answers):
    """What the grader says otherwise than the bank of a notebook with these answers, in which only their tasks are tested."""
    filled = bank.fill(solutions, {answer.task: answer.source for answer in answers})
    others = {f"test_{task}" for task in bank.tasks(filled)} - {f"test_{answer.task}" for answer in answers}
    filled.cells = [cell for cell in filled.cells if cell.metadata.get("nbgrader", {}).get("grade_id") not in others]
    expected, run = bank.mark(filled), Run()
    grader.follow(notebooks.steps(filled, grader.bundle), run)
    for answer in answers:
        ours, theirs = run.verdicts[answer.task], expected[answer.task]
        # what the answer itself printed while it was tested comes first, and only in theirs
        same_words = words(theirs.report).endswith(words(ours.report))
        if (
            (ours.points, ours.of) != (theirs.points, theirs.of)
            or not same_words
            or sum(p.points for p in ours.parts) != ours.points
        ):
            yield f"{answer.task}/{answer.kind}_{answer.what}: {ours}, but the bank says {theirs}"


def words(report):
    """The report without its numbers: some are times, some were drawn without a seed."""
    return re.sub(r"\d+(\.\d+)?(e-?\d+)?", "0", report)
