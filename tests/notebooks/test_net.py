"""The net that lectures are caught in has no hole: each way in which a lecture can go wrong makes the test run fail.

Each test breaks one thing in a copy of a real lecture and runs on it the very check that `make test` runs.
"""

import ast
import copy
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from utils.authoring import prose

ROOT = Path(__file__).parents[2]
LECTURE = nbformat.read(ROOT / "lectures" / "03_convolution_arithmetic.ipynb", as_version=4)
CHECKED = "nbval-check-output"


def claims_cell(notebook) -> int:
    """Position of the first cell that makes claims and whose output is compared word for word."""
    return next(
        i for i, cell in enumerate(notebook.cells) if CHECKED in cell.metadata.get("tags", []) and "claim(" in cell.source
    )


def nbval(notebook, folder: Path) -> subprocess.CompletedProcess:
    """Run the notebook, up to its first cell of claims, as `make test` does."""
    notebook = copy.deepcopy(notebook)
    notebook.cells = notebook.cells[: claims_cell(notebook) + 1]
    path = folder / "lecture.ipynb"
    nbformat.write(notebook, path)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-c",
        str(ROOT / "pyproject.toml"),
        "-q",
        "-n0",
        str(path),
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture
def lecture():
    return copy.deepcopy(LECTURE)


def test_an_unchanged_lecture_passes(lecture, tmp_path):
    result = nbval(lecture, tmp_path)
    assert result.returncode == 0, result.stdout


def test_a_stale_output_fails(lecture, tmp_path):
    output = lecture.cells[claims_cell(lecture)].outputs[0]
    output.text = re.sub(r"\d+", lambda number: str(int(number[0]) + 1), output.text, count=1)
    assert output.text != LECTURE.cells[claims_cell(lecture)].outputs[0].text
    result = nbval(lecture, tmp_path)
    assert result.returncode == 1, result.stdout
    assert "Cell outputs differ" in result.stdout


def test_a_broken_claim_fails(lecture, tmp_path):
    cell = lecture.cells[claims_cell(lecture)]
    tree = ast.parse(cell.source)
    call = next(n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "claim")
    call.args[1] = ast.UnaryOp(ast.Not(), call.args[1])
    cell.source = ast.unparse(ast.fix_missing_locations(tree))
    result = nbval(lecture, tmp_path)
    assert result.returncode == 1, result.stdout
    assert "this claim does not hold" in result.stdout


def test_a_changed_number_in_the_prose_fails(lecture):
    assert not prose.problems(lecture)
    for position, cell in enumerate(lecture.cells):
        numbers = list(re.finditer(r"(?<![\w.$`])[3-9](?![\w.`])", cell.source)) if cell.cell_type == "markdown" else []
        if numbers and not cell.source.startswith("# ") and position > 5:
            changed = numbers[-1]
            cell.source = cell.source[: changed.start()] + "4711" + cell.source[changed.end() :]
            break
    assert any("4711" in str(problem) for problem in prose.problems(lecture))
