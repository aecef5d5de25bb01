"""Seconds that a submission takes to grade: this course's grader, with all its walls, beside plain `nbgrader autograde`, in one run.

    python benchmarks/grading.py                       # 20 submissions of four tiny tasks, 1 and 2 jobs, and plain nbgrader
    python benchmarks/grading.py --unit 03_convolution_arithmetic --submissions 200 --no-nbgrader

The tiny tasks show what the grader itself costs; a unit of the course shows it beside cells that compute something.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "grading")]

import nbformat  # noqa: E402
import small_unit  # noqa: E402

from utils.grading import bundle, folders  # noqa: E402
from utils.grading.grade import Grader  # noqa: E402
from utils.grading.records import Submission  # noqa: E402


def ours(made, submissions, jobs):
    """Seconds a submission, and the means of its steps, once everything is warm."""
    graders = [Grader(made).__enter__() for _ in range(jobs)]
    try:
        expected = [grader.grade(submissions[0]).points for grader in graders]
        results, steps = [], []

        def work(number):
            for submission in submissions[number::jobs]:
                results.append(graders[number].grade(submission).points)
                steps.append(graders[number].seconds)

        start = time.perf_counter()
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(work, range(jobs)))
        seconds = (time.perf_counter() - start) / len(submissions)
    finally:
        for grader in graders:
            grader.close()
    assert set(results) == {expected[0]} and expected[0] == sum(task.points for task in made.tasks)
    return seconds, {name: sum(step[name] for step in steps) / len(steps) for name in steps[0]}


def nbgraders(notebook, count):
    """Seconds a submission by `nbgrader autograde`, its start left out."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copy(ROOT / "nbgrader_config.py", root)
        (root / "solutions" / "unit").mkdir(parents=True)
        nbformat.write(notebook, root / "solutions" / "unit" / "unit.ipynb")
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

        def run(*arguments):
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "nbgrader", *arguments], cwd=root, env=environment, check=True, capture_output=True
            )
            return time.perf_counter() - start

        run("generate_assignment", "unit")
        for number in range(count):
            (root / "submitted" / f"s{number}" / "unit").mkdir(parents=True)
            nbformat.write(notebook, root / "submitted" / f"s{number}" / "unit" / "unit.ipynb")
        first = run("autograde", "unit", "--student", "s0")
        return (run("autograde", "unit") - first) / max(1, count - 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--unit", help="a unit of the course; four tiny tasks if left out")
    parser.add_argument("--submissions", type=int, default=20)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--no-nbgrader", action="store_true")
    options = parser.parse_args()
    if options.unit:
        made = bundle.load(folders.folders(ROOT), options.unit, lambda made, submission: _grade_once(made, submission))
    else:
        made = small_unit.bundle()
    submissions = [Submission(f"s{number}", made.source.encode()) for number in range(options.submissions)]
    print(
        f"{options.unit or 'four tiny tasks'}, {len(submissions)} submissions, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n"
    )
    print("| seconds a submission | all | fork and isolate | notebook | tests | end and clean up |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    fastest = []
    for jobs in options.jobs:
        seconds, steps = ours(made, submissions, jobs)
        fastest.append(seconds)
        print(
            f"| this grader, {jobs} jobs | {seconds:.3f} | " + " | ".join(f"{value:.3f}" for value in steps.values()) + " |",
            flush=True,
        )
    if not options.no_nbgrader:
        plain = nbgraders(nbformat.reads(made.source, as_version=4), options.submissions)
        print(f"| plain nbgrader | {plain:.3f} | | | | |")
        print(f"\nplain nbgrader takes {plain / fastest[0]:.0f} times as long as one job of this grader")


def _grade_once(made, submission):
    with Grader(made) as grader:
        return grader.grade(submission)


if __name__ == "__main__":
    main()
