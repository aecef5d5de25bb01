"""What `dl4cv grade` says: progress while it works, and a summary of what a person should know."""

import dataclasses
import io
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from tiny_bundle import ANSWERS, BUNDLE, filled, grade

from utils.grading import batch, terminal
from utils.grading.records import Submission, without_marks

GOOD = grade(BUNDLE, Submission("amani", filled(ANSWERS)))
BAD = without_marks(BUNDLE, Submission("baraka", b""), "unreadable", ("the file is empty",))
FAILED = without_marks(BUNDLE, Submission("chiku", b""), "failed", ("the grader failed [red]",))


def said(work, terminal_like=False):
    console = Console(file=io.StringIO(), width=120, force_terminal=terminal_like)
    work(console)
    return console.file.getvalue()


def progress(console):
    with terminal._progress(console) as watch:
        watch(None, 3)
        for result in (GOOD, BAD, FAILED):
            watch(result, 3)


def test_progress_without_a_terminal_is_lines_with_rate_and_failures():
    (line,) = said(progress).splitlines()
    assert line.startswith("graded 3 of 3: ") and " a second, 2 could not be graded, 0 s left" in line


def test_progress_in_a_terminal_is_a_bar():
    text = said(progress, terminal_like=True)
    assert "3/3" in text and "2 could not be graded" in text


def test_the_summary_says_what_a_person_should_look_at():
    slow = dataclasses.replace(GOOD.verdicts[0], status="timeout", points=0.0)
    late = dataclasses.replace(GOOD, student="daudi", verdicts=(slow, GOOD.verdicts[1]), findings=("cell 'why' was missing",))
    summary = batch.Summary([GOOD, BAD, FAILED, late], 5, ["eshe"], {"amani": ["double: 0 → 60 points, because …"]}, 2.0)
    text = said(lambda console: terminal.show(console, summary, {"amani": 4.5}))
    for words in (
        "4 graded in 2.0 s (2 a second), 5 graded before and unchanged",
        "1 recorded that were graded before the last run was cut off: eshe",
        "points from tests: 30 to 90",
        "1 could not be read, and have 0 points:\n  baraka: the file is empty",
        "1 have no marks, because the grader failed:\n  chiku: the grader failed [red]",
        "took too long; on a busy machine, grade them again:\n  daudi: double",
        "changed since they were graded last:\n  amani: double: 0 → 60 points, because …",
        "had to be mended:\n  daudi: cell 'why' was missing",
        "were late:\n  amani: 4.5 points taken off",
    ):
        assert words in text, words


def test_a_terminal_without_the_characters_it_needs_is_no_reason_to_fail():
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONIOENCODING": "ascii"}
    command = [Path(sys.executable).with_name("dl4cv"), "doctor"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert "bubblewrap" in done.stdout and "Traceback" not in done.stderr
