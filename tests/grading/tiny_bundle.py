"""A bundle of two tasks and a written answer, made without running anything, and a grading function that runs nothing either."""

import hashlib
import json

from utils.grading.records import Bundle, Part, Result, Submission, Task, Verdict, without_marks
from utils.grading.repair import repair

UNIT = "01_counting"


def _cell(kind, source, id, **label):
    nbgrader = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False} | label
    cell = {"cell_type": kind, "id": id, "metadata": {"nbgrader": nbgrader | {"grade_id": id}} if label else {}, "source": source}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _notebook(solved: bool, hidden: bool) -> str:
    def answer(name, factor):
        body = f"return number * {factor}" if solved else "raise NotImplementedError"
        return f"def {name}(number):\n    {body}"

    def test(name):
        return f"check({name}, 1)" + (f"\ncheck({name}, 12345)" if hidden else "")

    written = "Because multiplying is repeated adding." if solved else "YOUR ANSWER HERE"
    hint = "<details><summary>Hint 1 · a nudge</summary>\n\nMultiply.\n\n</details>"
    hint += "\n<details><summary>Hint 2 · nearly there</summary>\n\nUse `*`, in $a \\times b$.\n\n</details>"
    cells = [
        _cell("markdown", "# 01 · Counting", "title"),
        _cell("markdown", hint, "hints_double", locked=True),
        _cell("code", answer("double", 2), "double", solution=True),
        _cell("code", test("double"), "test_double", grade=True, locked=True, points=60),
        _cell("code", answer("triple", 3), "triple", solution=True),
        _cell("code", test("triple"), "test_triple", grade=True, locked=True, points=30),
        _cell("markdown", written, "why", grade=True, solution=True, points=10),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps({"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})


BUNDLE = Bundle(
    UNIT,
    "key-of-the-tests",
    _notebook(solved=True, hidden=True),
    _notebook(solved=False, hidden=True),
    _notebook(solved=False, hidden=False),
    tuple(Task(n, p, f"check({n}, 1)\ncheck({n}, 12345)", (n,)) for n, p in {"double": 60.0, "triple": 30.0}.items()),
    (("why", 10.0),),
)
ANSWERS = {"double": "def double(number):\n    return number * 2", "triple": "def triple(number):\n    return number * 3"}


def filled(answers: dict[str, str]) -> bytes:
    """The release with these sources in the cells of these names, as handed in."""
    notebook = json.loads(BUNDLE.release)
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    return json.dumps(notebook).encode()


def grade(bundle: Bundle, submission: Submission) -> Result:
    """A stand-in: an answer earns all its points if its text is the reference's, a third if it calls print, otherwise nothing."""
    repaired = repair(bundle, submission)
    if repaired.notebook is None:
        return without_marks(bundle, submission, "unreadable", repaired.findings)
    sources = {cell["id"]: cell["source"] for cell in repaired.notebook["cells"]}
    verdicts = []
    for task in bundle.tasks:
        right, partial = sources[task.name] == ANSWERS[task.name], "print" in sources[task.name]
        visible, hidden = task.points / 3, task.points * 2 / 3
        parts = (
            Part(
                "visible values", visible if right or partial else 0.0, visible, None if right or partial else "got <None>", False
            ),
            Part(
                "fresh values", hidden if right else 0.0, hidden, None if right else "off by one", True, None if right else "off"
            ),
        )
        points = sum(part.points for part in parts)
        status = "passed" if right else "partial" if partial else "unwritten" if "NotImpl" in sources[task.name] else "failed"
        verdicts.append(Verdict(task.name, points, task.points, status, parts, f"report on {task.name}", None, 0.01))
    digest = hashlib.sha256(submission.notebook).hexdigest()
    notebook = json.dumps(repaired.notebook)
    return Result(
        bundle.unit, submission.student, bundle.key, digest, "graded", tuple(verdicts), repaired.findings, notebook, 0.02
    )
