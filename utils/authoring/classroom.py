"""An example class, graded in the sandbox or with nbgrader's own commands: what `dl4cv demo` shows an instructor.

The class lives in a folder of its own with its own gradebook, so that nothing of a real course is touched. Its work comes from the
answer bank: right answers written in different ways, and wrong ones, each with a misconception.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from utils.authoring import bank
from utils.authoring.course import CourseError

NAMES = ("Amani", "Baraka", "Chiku", "Daudi", "Eshe", "Farida", "Gasto", "Hamisi", "Imani", "Juma")


def example_class(tasks: list[str], answers: list[bank.Answer], written: dict[str, str]) -> dict[str, dict[str, str]]:
    """Ten students' answers: student -> cell -> its source; a cell left out stays untouched.

    Amani has all of it right, Baraka handed in the untouched notebook, Chiku did the first half. Each of the others has every third task
    wrong, each in a way of their own, and the rest right in a way of their own; of the written answers they have the first paragraph.

    Parameters
    ----------
    written : dict
        The model answers of the questions that a person marks: cell -> text.
    """
    by_kind = {
        kind: {t: [a.source for a in answers if a.task == t and a.kind == kind] for t in tasks} for kind in ("right", "wrong")
    }

    def pick(kind: str, task: str, turn: int) -> str:
        return by_kind[kind][task][turn % len(by_kind[kind][task])]

    perfect = {task: pick("right", task, 0) for task in tasks} | written
    begun = {cell: text.split("\n\n")[0] for cell, text in written.items()}
    half = {task: pick("right", task, 1) for task in tasks[: len(tasks) // 2]}
    mixed = {
        name: {t: pick("wrong" if (i + turn) % 3 == 0 else "right", t, turn) for i, t in enumerate(tasks)} | begun
        for turn, name in enumerate(NAMES[3:])
    }
    return dict(zip(NAMES, (perfect, {}, half), strict=False)) | mixed


def run(root: Path, unit: str, place: Path, say: Callable[[str], None] = print, plain: bool = False) -> bool:
    """Release `unit`, hand in the example class, grade it and write feedback, all in `place`. False if that was done already.

    Parameters
    ----------
    root : Path
        The course.
    place : Path
        Folder of the example class. Made anew, unless nothing has changed since it was made.
    plain : bool
        Grade with nbgrader's own commands instead of the sandbox: each submission in a kernel, without walls.

    Raises
    ------
    CourseError
        If the unit has no solution notebook, or one of nbgrader's commands fails: with what it said.
    """
    import nbformat

    from utils.grading import bundle, terminal
    from utils.grading.folders import folders

    source = root / "solutions" / unit / f"{unit}.ipynb"
    if not source.exists():
        raise CourseError(f"{source} is not there: choose a unit with a solution notebook, and run `dl4cv build` first")
    answers = bank.answers(unit, root)
    code = [Path(__file__), *sorted((root / "utils").glob("*.py")), *sorted((root / "utils" / "grading").rglob("*.*"))]
    key = _key([source, root / "nbgrader_config.py", *(file for file in code if file.suffix != ".pyc")], answers, plain)
    done = place / "made-from"
    if done.exists() and done.read_text() == key:
        return False
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    shutil.copy(root / "nbgrader_config.py", place)
    shutil.copytree(source.parent, place / "solutions" / unit, ignore=shutil.ignore_patterns("*.py", ".ipynb_checkpoints"))

    course = folders(place)
    release = nbformat.reads(bundle.release(course, unit), as_version=4)
    written = bank.written(nbformat.read(source, as_version=4))
    for student, sources in example_class(bank.tasks(release), answers, written).items():
        folder = course.submitted(student, unit)
        folder.mkdir(parents=True)
        nbformat.write(bank.fill(release, sources), folder / f"{unit}.ipynb")
        (folder / "timestamp.txt").write_text(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
    say(f"{len(NAMES)} students hand in: {', '.join(NAMES)}")
    if plain:
        _nbgrader(place, say, "generate_assignment", unit, "--create")
        _nbgrader(place, say, "autograde", unit, "--create")
        _nbgrader(place, say, "generate_feedback", unit)
    else:
        say(f"dl4cv grade {unit}")
        terminal.grade(place, unit)
    done.write_text(key)
    return True


def show(place: Path, unit: str) -> None:
    """Print the marks of the class, by student and task, and where the feedback lies."""
    from rich.console import Console
    from rich.table import Table

    worth = points(place, unit)
    tests = [name for name in worth if name.startswith("test_")]
    written = [name for name in worth if name not in tests]
    table = Table(title=f"{unit}: points by student and task", caption="… to be marked by hand", header_style="bold")
    table.add_column("student")
    for name in [*tests, *written]:
        table.add_column(f"{name.removeprefix('test_')}\nof {worth[name]:g}", justify="right", overflow="fold")
    table.add_column(f"sum\nof {sum(worth.values()):g}", justify="right", style="bold")
    for student, grades in marks(place, unit).items():
        cells = ["…" if grades[name] is None else f"{grades[name]:g}" for name in [*tests, *written]]
        waiting = " + …" if None in grades.values() else ""
        table.add_row(student, *cells, f"{sum(grade or 0 for grade in grades.values()):g}{waiting}")
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    print(f"feedback: {place.name}/feedback/<student>/{unit}/{unit}.html")
    print("to mark the written answers: open JupyterLab in that folder, and formgrader from its Nbgrader menu")


def marks(place: Path, unit: str) -> dict[str, dict[str, float | None]]:
    """Marks in the gradebook of `place`: student -> graded cell, in the notebook's order -> points, None where a person marks it."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{place / 'gradebook.db'}") as gradebook:
        cells = [cell.name for cell in gradebook.find_notebook(unit, unit).grade_cells]
        table = {}
        for submission in gradebook.assignment_submissions(unit):
            grades = {g.name: None if g.needs_manual_grade else g.score for g in submission.notebooks[0].grades}
            table[submission.student.id] = {name: grades[name] for name in cells}
    return dict(sorted(table.items()))


def points(place: Path, unit: str) -> dict[str, float]:
    """What each graded cell is worth, in the notebook's order."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{place / 'gradebook.db'}") as gradebook:
        return {cell.name: cell.max_score for cell in gradebook.find_notebook(unit, unit).grade_cells}


def _nbgrader(place: Path, say: Callable[[str], None], *arguments: str) -> None:
    """Run one of nbgrader's commands, naming each student as it comes to them."""
    say(f"nbgrader {' '.join(arguments)}")
    log, seen = [], set()
    command = [sys.executable, "-m", "nbgrader", *arguments]
    with subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout:
            log.append(line)
            student = next((name for name in NAMES if f"/{name}/" in line), None)
            if student and student not in seen:
                seen.add(student)
                say(f"  {student} ({len(seen)} of {len(NAMES)})")
    if process.returncode:
        said = "".join(log[-20:])
        raise CourseError(f"`nbgrader {' '.join(arguments)}` failed in {place} with exit code {process.returncode}:\n{said}")


def _key(files: list[Path], answers: list[bank.Answer], plain: bool) -> str:
    parts = [file.read_bytes() for file in files] + [repr(answer).encode() for answer in (*answers, plain)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
