"""Seconds that a submission takes to grade: `dl4cv grade`, with all its walls, beside plain nbgrader, on the same submissions in one run.

    python benchmarks/grading.py                                   # some minutes on an idle machine
    python benchmarks/grading.py --notebooks tiny --submissions 20 # one of them

Two notebooks: four tiny tasks, whose cells take next to nothing, show what a grader itself costs; unit 03, handed in by the example class
of ten, shows it beside cells that compute something. A larger class is that one, copied. nbgrader takes seconds for each, so it gets ten.
Every run is checked for the marks that the others gave.
"""

import argparse
import contextlib
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "grading")]

import nbformat  # noqa: E402
import small_unit  # noqa: E402

from utils.authoring import bank, classroom  # noqa: E402
from utils.grading import batch, bundle, feedback, folders  # noqa: E402
from utils.grading.grade import Grader  # noqa: E402

CLASS = 10  # what nbgrader gets
COLUMNS = (
    "notebook",
    "grader",
    "jobs",
    "submissions",
    "feedback",
    "start",
    "a submission",
    "its cells",
    "its tests",
    "the rest",
    "nbgrader takes",
)


def tiny():
    """Four tiny tasks, answered rightly by all."""
    made = small_unit.bundle()
    return made, [made.source] * CLASS


def unit(name):
    """A unit of the course, and what the example class hands in."""

    def once(made, submission):
        with Grader(made) as grader:
            return grader.grade(submission)

    made = bundle.load(folders.folders(ROOT), name, once)
    release = nbformat.reads(made.release, as_version=4)
    written = bank.written(nbformat.reads(made.source, as_version=4))
    students = classroom.example_class(bank.tasks(release), bank.answers(name, ROOT), written)
    return made, [nbformat.writes(bank.fill(release, sources)) for sources in students.values()]


def hand_in(root, made, notebooks, count):
    """A course folder with this many submissions, of the notebooks in turn."""
    shutil.copy(ROOT / "nbgrader_config.py", root)
    source = root / "solutions" / made.unit / f"{made.unit}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(made.source)
    for number in range(count):
        place = root / "submitted" / f"s{number:03}" / made.unit
        place.mkdir(parents=True)
        (place / f"{made.unit}.ipynb").write_text(notebooks[number % len(notebooks)])


def marks(root, most=CLASS):
    """What the first students got: (student, cell, points)."""
    query = """select s.student_id, c.name, g.auto_score from grade g join submitted_notebook n on g.notebook_id = n.id
        join submitted_assignment s on n.assignment_id = s.id join base_cell c on g.cell_id = c.id order by 1, 2"""
    with sqlite3.connect(root / "gradebook.db") as gradebook:
        return [row for row in gradebook.execute(query) if row[0] < f"s{most:03}"]


def ours(root, made, jobs, with_feedback):
    """Seconds to start, seconds a submission, and the means of the steps of a grader."""
    steps, begun = [], []

    @contextlib.contextmanager
    def grader(made):
        with Grader(made) as own:
            grade = own.grade

            def noting(submission):
                result = grade(submission)
                steps.append(own.seconds)
                return result

            own.grade = noting
            begun.append(time.perf_counter())
            yield own

    page, start = feedback.page, time.perf_counter()
    try:
        if not with_feedback:
            feedback.page = lambda *args: ""
        summary = batch.run(folders.folders(root), made, batch.local(jobs, grader))
    finally:
        feedback.page = page
    seconds = (time.perf_counter() - max(begun)) / len(summary.results)
    return max(begun) - start, seconds, {name: sum(step[name] for step in steps) / len(steps) for name in steps[0]}


def nbgraders(root, made):
    """Seconds to start and seconds a submission, of autograde and of autograde and generate_feedback."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def run(*arguments):
        command = [sys.executable, "-m", "nbgrader", *arguments]
        start = time.perf_counter()
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"nbgrader {' '.join(arguments)}: {done.stderr[-2000:]}")
        return time.perf_counter() - start

    run("generate_assignment", made.unit)
    times = []
    for command in ("autograde", "generate_feedback"):
        first = run(command, made.unit, "--student", "s000")
        others = run(command, made.unit)
        one = (others - first) / (CLASS - 2)
        times.append((first - one, one))
    (start, one), (more_start, more) = times
    return (start, one), (start + more_start, one + more)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--notebooks", nargs="+", default=["tiny", "03_convolution_arithmetic"], help="tiny, or units of the course"
    )
    parser.add_argument("--submissions", type=int, nargs="+", default=[20, 200])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; all times in seconds\n")
    print(f"| {' | '.join(COLUMNS)} |\n|{' --- |' * 2}{' ---: |' * (len(COLUMNS) - 2)}")

    def row(*cells):
        print(f"| {' | '.join(cells)} |", flush=True)

    for name in options.notebooks:
        made, notebooks = tiny() if name == "tiny" else unit(name)
        with tempfile.TemporaryDirectory() as folder:
            hand_in(Path(folder), made, notebooks, CLASS)
            plain = dict(zip((False, True), nbgraders(Path(folder), made), strict=True))
            expected = marks(Path(folder))
        for with_feedback, (start, one) in plain.items():
            words = "yes" if with_feedback else "no"
            row(name, "nbgrader", "1", f"{CLASS} (a sample)", words, f"{start:.1f}", f"{one:.3f}", "", "", "", "")
        for jobs in options.jobs:
            for count in options.submissions:
                for with_feedback, (_, one) in plain.items():
                    with tempfile.TemporaryDirectory() as folder:
                        hand_in(Path(folder), made, notebooks, count)
                        start, seconds, steps = ours(Path(folder), made, jobs, with_feedback)
                        if marks(Path(folder), min(count, CLASS)) != [row for row in expected if row[0] < f"s{count:03}"]:
                            sys.exit(f"{name}: dl4cv grade and nbgrader do not give the same marks")
                    words = "yes" if with_feedback else "no"
                    cells, tests = steps["notebook"], steps["tests"]
                    rest = [f"{value:.3f}" for value in (seconds, cells, tests, seconds * jobs - cells - tests)]
                    row(
                        name,
                        "dl4cv grade",
                        f"{jobs}",
                        f"{count}",
                        words,
                        f"{start:.1f}",
                        *rest,
                        f"{one / seconds:.0f} times as long",
                    )
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
