"""The Validate button of nbgrader on the first unit's release: success for right answers, the misconception's words for a wrong one."""

from io import StringIO
from pathlib import Path

import nbformat
from nbgrader.validator import Validator

from utils.authoring import bank

ROOT = Path(__file__).parents[2]
UNIT = "03_convolution_arithmetic"
ANSWERS = bank.answers(UNIT, ROOT)
RIGHT = {answer.task: answer.source for answer in reversed(ANSWERS) if answer.kind == "right"}


def validated(texts, tmp_path, monkeypatch):
    """What the button says about the release, filled with these texts."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    release = nbformat.read(ROOT / "exercises" / UNIT / f"{UNIT}.ipynb", as_version=4)
    written = {"the_unseen_edge": "It does not fit, so the last row and column are dropped."}
    nbformat.write(bank.fill(release, texts | written), tmp_path / "submission.ipynb")
    validator = Validator()
    validator.stream = StringIO()
    validator.validate_and_print(str(tmp_path / "submission.ipynb"))
    return validator.stream.getvalue()


def test_right_answers_are_a_success(tmp_path, monkeypatch):
    assert "Success! Your notebook passes all the tests." in validated(RIGHT, tmp_path, monkeypatch)


def test_a_wrong_answer_is_told_its_misconception(tmp_path, monkeypatch):
    flipped = next(answer for answer in ANSWERS if (answer.task, answer.what) == ("conv2d", "flipped"))
    said = validated(RIGHT | {"conv2d": flipped.source}, tmp_path, monkeypatch)
    assert "VALIDATION FAILED ON 1 CELL" in said
    report = " ".join(said.partition("The error was:")[2].split())
    assert flipped.feedback in report
    assert "Traceback" not in report
