"""nbgrader's own commands on the first unit: they give the points that utils.authoring.bank gives, and students read why.

One course folder, one release, one batch of five submissions: kernels are slow, so all tests look at the same run.
"""

import html
import os
import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import jupytext
import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.validator import Validator

from utils.authoring import bank

ROOT = Path(__file__).parents[2]
UNIT = "03_convolution_arithmetic"
WRITTEN = "It does not fit, so the last row and column are dropped."


@pytest.fixture(scope="module")
def source():
    return jupytext.read(ROOT / "solutions" / UNIT / f"{UNIT}.py")


@pytest.fixture(scope="module")
def answers(source):
    """Solution texts by student: each as many tasks as that student answered."""
    pool = bank.answers(UNIT, ROOT)
    first = {kind: {a.task: a for a in reversed(pool) if a.kind == kind} for kind in ("right", "wrong")}
    cells = {cell.metadata.nbgrader.grade_id: cell.source for cell in source.cells if "nbgrader" in cell.metadata}
    reference = {task: cells[task] for task in bank.tasks(source)}
    bias = next(a for a in pool if (a.task, a.what) == ("describe_stack", "bias_always"))
    return {
        "reference": reference,
        "right": {task: answer.source for task, answer in first["right"].items()},
        "wrong": {task: answer.source for task, answer in first["wrong"].items()},
        "partial": reference | {"describe_stack": bias.source},
        "untouched": {},
    }


@pytest.fixture(scope="module")
def course(tmp_path_factory, source, answers):
    """A course folder after release, five submissions, autograde, and feedback for one of them."""
    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    unit = root / "solutions" / UNIT
    unit.mkdir(parents=True)
    nbformat.write(source, unit / f"{UNIT}.ipynb")
    shutil.copy(ROOT / "solutions" / UNIT / f"{UNIT}.py", unit)

    def nbgrader(*arguments):
        command = [sys.executable, "-m", "nbgrader", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{arguments}: {done.stderr[-3000:]}"

    nbgrader("generate_assignment", UNIT)
    release = nbformat.read(root / "exercises" / UNIT / f"{UNIT}.ipynb", as_version=4)
    for student, texts in answers.items():
        folder = root / "submitted" / student / UNIT
        folder.mkdir(parents=True)
        written = {"the_unseen_edge": WRITTEN} if texts else {}
        nbformat.write(bank.fill(release, texts | written), folder / f"{UNIT}.ipynb")
    nbgrader("autograde", UNIT)
    nbgrader("generate_feedback", UNIT, "--student", "wrong")
    return SimpleNamespace(root=root, release=release)


def points(course, student):
    """The autograded points by task, as they stand in nbgrader's gradebook."""
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        grades = gradebook.find_submission_notebook(UNIT, UNIT, student).grades
        return {grade.name.removeprefix("test_"): grade.auto_score for grade in grades if grade.name.startswith("test_")}


@pytest.mark.parametrize("student", ["reference", "right", "wrong", "partial", "untouched"])
def test_nbgrader_gives_the_points_that_the_bank_gives(course, source, answers, student):
    marked = points(course, student)
    if student == "untouched":
        assert marked == dict.fromkeys(bank.tasks(source), 0)
    else:
        assert marked == {task: verdict.points for task, verdict in bank.mark(source, answers[student]).items()}
    if student in ("reference", "right"):
        assert sum(marked.values()) == 90  # the rest is the written answer


def test_a_written_answer_waits_for_a_person_and_an_empty_one_earns_nothing(course):
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        grades = {student: gradebook.find_grade("the_unseen_edge", UNIT, UNIT, student) for student in ("reference", "untouched")}
        assert grades["reference"].needs_manual_grade
        assert grades["untouched"].auto_score == 0


def test_the_release_shows_neither_solutions_nor_hidden_tests(course):
    text = "\n".join(cell.source for cell in course.release.cells)
    stubs = [cell.source for cell in course.release.cells if "raise NotImplementedError" in cell.source and "def " in cell.source]
    assert len(stubs) == len(bank.tasks(course.release))
    assert "BEGIN" not in text
    assert "60 fresh settings" not in text
    assert sorted(path.name for path in (course.root / "exercises" / UNIT).iterdir()) == [f"{UNIT}.ipynb"]


def test_the_feedback_names_the_misconceptions(course):
    page = (course.root / "feedback" / "wrong" / UNIT / f"{UNIT}.html").read_text()
    text = " ".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split())
    first = {answer.task: answer for answer in reversed(bank.answers(UNIT, ROOT)) if answer.kind == "wrong"}
    for answer in first.values():
        assert answer.feedback in text, answer.task


def validated(course, texts, tmp_path, monkeypatch):
    """What the Validate button says about the release, filled with these texts."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    nbformat.write(bank.fill(course.release, texts | {"the_unseen_edge": WRITTEN}), tmp_path / "submission.ipynb")
    validator = Validator()
    validator.stream = StringIO()
    validator.validate_and_print(str(tmp_path / "submission.ipynb"))
    return validator.stream.getvalue()


def test_validate_says_success_for_right_answers(course, answers, tmp_path, monkeypatch):
    assert "Success! Your notebook passes all the tests." in validated(course, answers["right"], tmp_path, monkeypatch)


def test_validate_shows_the_misconception(course, answers, tmp_path, monkeypatch):
    flipped = next(a for a in bank.answers(UNIT, ROOT) if (a.task, a.what) == ("conv2d", "flipped"))
    said = validated(course, answers["right"] | {"conv2d": flipped.source}, tmp_path, monkeypatch)
    assert "VALIDATION FAILED ON 1 CELL" in said
    report = " ".join(said.partition("The error was:")[2].split())
    assert flipped.feedback in report
    assert "Traceback" not in report
