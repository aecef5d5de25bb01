"""A sample of every unit's answer bank through plain `nbgrader autograde` and through the sandbox: the same marks for every cell.

nbgrader needs a kernel for each submission, so a unit has one: the reference with three wrong answers of different tasks. What trains for a
minute is left as released. Unit 03 goes through both with the whole example class: test_demo.py.
"""

import dataclasses
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from utils.authoring import bank
from utils.grading import bundle, folders, gradebook
from utils.grading.grade import Grader
from utils.grading.records import Result, Submission

ROOT = Path(__file__).parents[2]
UNITS = sorted(path.name for path in (ROOT / "tests" / "answers").iterdir() if path.is_dir() and path.name[:2].isdigit())
SLOW = {"challenge"}


def sample(unit) -> dict[str, str]:
    """The submission, as JSON: student -> notebook."""
    source = jupytext.read(ROOT / "solutions" / unit / f"{unit}.py")
    release = nbformat.read(ROOT / "exercises" / unit / f"{unit}.ipynb", as_version=4)
    cells = {cell.metadata.nbgrader.grade_id: cell.source for cell in source.cells if "nbgrader" in cell.metadata}
    reference = {task: cells[task] for task in bank.tasks(source) if task not in SLOW}
    wrong = {answer.task: answer.source for answer in reversed(bank.answers(unit, ROOT)) if answer.kind == "wrong"}
    chosen = [task for task in reference if task in wrong][1::2][:3]
    answers = reference | {task: wrong[task] for task in chosen}
    return {"student": nbformat.writes(bank.fill(release, answers))}


def by_nbgrader(root: Path, unit: str, notebooks: dict[str, str]) -> dict[str, dict[str, float | None]]:
    """The automatic scores in nbgrader's gradebook: student -> cell -> points, None where a person marks."""
    shutil.copy(ROOT / "nbgrader_config.py", root)
    shutil.copytree(
        ROOT / "solutions" / unit, root / "solutions" / unit, ignore=shutil.ignore_patterns("*.py", ".ipynb_checkpoints")
    )
    for student, notebook in notebooks.items():
        place = root / "submitted" / student / unit
        place.mkdir(parents=True)
        (place / f"{unit}.ipynb").write_text(notebook)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    for command in ("generate_assignment", "autograde"):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", command, unit], cwd=root, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}: {done.stderr[-3000:]}"
    query = """select s.student_id, c.name, g.auto_score from grade g join submitted_notebook n on g.notebook_id = n.id
        join submitted_assignment s on n.assignment_id = s.id join base_cell c on g.cell_id = c.id"""
    found: dict[str, dict[str, float | None]] = {}
    with sqlite3.connect(root / "gradebook.db") as connection:
        for student, cell, score in connection.execute(query):
            found.setdefault(student, {})[cell] = score
    return found


def by_grader(unit: str, notebooks: dict[str, str]) -> dict[str, tuple[Result, dict[str, float | None]]]:
    """The results of the sandbox and their scores, with a bundle that has no slow task."""
    made = bundle._notebooks(folders.folders(ROOT), unit)
    made = bundle.make(unit, bundle._key(made), made)
    tests = {f"test_{name}" for name in SLOW}

    def cut(text):
        notebook = nbformat.reads(text, as_version=4)
        notebook.cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") not in tests]
        return nbformat.writes(notebook)

    made = dataclasses.replace(
        made,
        source=cut(made.source),
        master=cut(made.master),
        release=cut(made.release),
        tasks=tuple(task for task in made.tasks if task.name not in SLOW),
    )
    with Grader(made) as grader:
        results = {student: grader.grade(Submission(student, cut(notebook).encode())) for student, notebook in notebooks.items()}
    return {student: (result, gradebook.marks(made, result)["scores"]) for student, result in results.items()}


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit != "03_convolution_arithmetic"])
def test_both_graders_give_the_same_marks(tmp_path, unit):
    notebooks = sample(unit)
    ours, plain = by_grader(unit, notebooks), by_nbgrader(tmp_path, unit, notebooks)
    slow = {f"test_{name}" for name in SLOW}
    assert {score for scores in plain.values() for cell, score in scores.items() if cell in slow} <= {0}
    expected = {student: {cell: s for cell, s in scores.items() if cell not in slow} for student, scores in plain.items()}
    assert {student: scores for student, (_, scores) in ours.items()} == expected
    lost = {student: sum(v.points < v.of for v in result.verdicts) for student, (result, _) in ours.items()}
    assert lost == {"student": 3}
