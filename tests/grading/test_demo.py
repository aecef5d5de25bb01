"""The instructor's example class, graded in the sandbox and by nbgrader itself: the same gradebook, and nbgrader's tools go on from either.

nbgrader needs seconds for a submission, so it gets a part of the class: one student of each kind.
"""

import csv
import html
import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from utils.authoring import bank, classroom
from utils.authoring.course import CourseError

ROOT = Path(__file__).parents[2]
UNIT = "03_convolution_arithmetic"
SAMPLE = classroom.NAMES[:4]  # all right, untouched, the first half, and some right and some wrong


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    place = tmp_path_factory.mktemp("demo") / "class"
    assert classroom.run(ROOT, UNIT, place, say=lambda line: None)
    return place


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    place = tmp_path_factory.mktemp("plain") / "class"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classroom, "NAMES", SAMPLE)
        assert classroom.run(ROOT, UNIT, place, say=lambda line: None, plain=True)
    return place


TABLES = {
    "grades": """select s.student_id, c.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade from grade g
        join submitted_notebook n on g.notebook_id = n.id join submitted_assignment s on n.assignment_id = s.id
        join base_cell c on g.cell_id = c.id""",
    "comments": """select s.student_id, c.name, k.auto_comment, k.manual_comment from comment k
        join submitted_notebook n on k.notebook_id = n.id join submitted_assignment s on n.assignment_id = s.id
        join base_cell c on k.cell_id = c.id""",
    "submissions": """select s.student_id, a.name, a.duedate, s.extension, n.flagged, n.late_submission_penalty from submitted_notebook n
        join submitted_assignment s on n.assignment_id = s.id join assignment a on s.assignment_id = a.id""",
    "cells": """select c.type, c.name, g.max_score, g.cell_type from base_cell c left join grade_cells g on g.id = c.id""",
    "sources": "select name, cell_type, locked, source, checksum from source_cell",
    "notebooks": "select n.name, a.name, a.course_id, n.kernelspec from notebook n join assignment a on n.assignment_id = a.id",
    "students": "select id, first_name, last_name, email, lms_user_id from student",
    "version": "select * from alembic_version",
}


def gradebook(place, table) -> list:
    """The rows of a table, without those of students who are not in the sample."""
    with sqlite3.connect(place / "gradebook.db") as connection:
        rows = connection.execute(TABLES[table]).fetchall()
    return sorted((row for row in rows if row[0] not in classroom.NAMES[len(SAMPLE) :]), key=repr)


def nbgrader(place, *arguments) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=place, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{arguments}: {done.stderr[-3000:]}"
    return done.stdout + done.stderr


@pytest.mark.parametrize("table", TABLES)
def test_the_gradebook_is_the_one_that_nbgrader_makes(graded, plain, table):
    assert gradebook(graded, table) == gradebook(plain, table) != []


def test_nbgraders_own_feedback_and_export_go_on_from_it(graded, plain, tmp_path):
    exported = []
    for place in (graded, plain):
        nbgrader(place, "export", "--to", str(tmp_path / "grades.csv"))
        with (tmp_path / "grades.csv").open(newline="") as file:
            exported.append({row["student_id"]: row | {"timestamp": None} for row in csv.DictReader(file)})
    assert sorted(exported[0]) == sorted(classroom.NAMES)
    assert {student: exported[0][student] for student in SAMPLE} == exported[1]
    page = graded / "feedback" / "Eshe" / UNIT / f"{UNIT}.html"
    ours = page.read_text()
    nbgrader(graded, "generate_feedback", UNIT, "--student", "Eshe", "--force")
    assert "Comments" in page.read_text() or "Score" in page.read_text()
    page.write_text(ours)


def test_formgrader_reads_it(graded):
    from nbgrader.apps.api import NbGraderAPI
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(graded)
    config.CourseDirectory.course_id = "dl4cv"
    config.CourseDirectory.source_directory, config.CourseDirectory.release_directory = "solutions", "exercises"
    api = NbGraderAPI(config=config)
    assert api.get_assignment(UNIT)["num_submissions"] == len(classroom.NAMES)
    submissions = {s["student"]: s for s in api.get_submissions(UNIT)}
    assert submissions["Amani"]["autograded"] and submissions["Amani"]["needs_manual_grade"]
    assert submissions["Amani"]["code_score"] == 90
    assert not submissions["Baraka"]["needs_manual_grade"]


def test_every_student_gets_the_marks_their_answers_deserve(graded):
    table, worth = classroom.marks(graded, UNIT), classroom.points(graded, UNIT)
    tests = [name for name in worth if name.startswith("test_")]
    assert list(table) == sorted(classroom.NAMES)
    assert [table["Amani"][t] for t in tests] == [worth[t] for t in tests]
    assert {table["Baraka"][t] for t in tests} == {0}
    half = len(tests) // 2
    assert [table["Chiku"][t] for t in tests] == [worth[t] for t in tests[:half]] + [0] * (len(tests) - half)
    for turn, name in enumerate(classroom.NAMES[3:]):
        full = [table[name][t] == worth[t] for t in tests]
        assert full == [(i + turn) % 3 != 0 for i in range(len(tests))], name


def test_written_answers_wait_for_a_person_unless_they_are_untouched(graded):
    table = classroom.marks(graded, UNIT)
    (written,) = (name for name in table["Amani"] if not name.startswith("test_"))
    assert table["Amani"][written] is None
    assert table["Juma"][written] is None
    assert table["Baraka"][written] == 0


def read(page: Path) -> str:
    """What a person reads on a page."""
    return " ".join(html.unescape(re.sub(r"<style.*?</style>|<[^>]*>", " ", page.read_text(), flags=re.DOTALL)).split())


def hidden_lines() -> set[str]:
    """The lines of the hidden tests, but short ones and those that stand in the release too."""
    notebook = json.loads((ROOT / "solutions" / UNIT / f"{UNIT}.ipynb").read_text())
    source = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    hidden = "\n".join(re.findall(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", source, re.DOTALL))
    shown = re.sub(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", "", source, flags=re.DOTALL)
    return {" ".join(line.split()) for line in hidden.splitlines() if len(line.strip()) >= 20} - {
        " ".join(line.split()) for line in shown.splitlines()
    }


@pytest.mark.parametrize("name", classroom.NAMES)
def test_the_feedback_says_what_passed_what_did_not_and_what_to_do_next(graded, name):
    page = graded / "feedback" / name / UNIT / f"{UNIT}.html"
    results = json.loads((graded / "autograded" / name / UNIT / "results.json").read_text())
    sections = dict(re.findall(r'<section id="(\w+)">(.*?)</section>', page.read_text(), re.DOTALL))
    assert list(sections) == [verdict["task"] for verdict in results["result"]["verdicts"]]
    for verdict in results["result"]["verdicts"]:
        text = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", sections[verdict["task"]])).split())
        assert text.startswith(f"{verdict['task']} {verdict['points']:g} of {verdict['of']:g}")
        for part in verdict["parts"]:
            mark = "✔" if part["problem"] is None else "✘"
            assert f"{mark} {part['name']}: {part['points']:.4g} of {part['of']:.4g}" in text
            assert " ".join((part["problem"] or "").split()) in text
        assert text.count("Next step:") == (verdict["points"] < verdict["of"])
    seen = read(page)
    assert f"{sum(v['points'] for v in results['result']['verdicts']):.4g} of 100 points" in seen
    assert len(hidden_lines()) > 100 and not [line for line in hidden_lines() if line in seen]


@pytest.mark.parametrize("name", SAMPLE)
def test_nbgraders_own_feedback_gives_the_same_points(graded, plain, name):
    page = read(plain / "feedback" / name / UNIT / f"{UNIT}.html")
    worth, scores = classroom.points(graded, UNIT), classroom.marks(graded, UNIT)[name]
    assert f"(Score: {sum(score or 0 for score in scores.values()):.1f} / {sum(worth.values()):.1f})" in page
    for cell in worth:
        assert f"(Score: {scores[cell] or 0:.1f} / {worth[cell]:.1f})" in page, cell


@pytest.mark.parametrize("grader", ["graded", "plain"])
def test_the_feedback_names_the_misconception(grader, request):
    first = {a.task: a for a in reversed(bank.answers(UNIT, ROOT)) if a.kind == "wrong"}
    text = read(request.getfixturevalue(grader) / "feedback" / "Daudi" / UNIT / f"{UNIT}.html")
    for task in ("output_size", "describe_stack", "fast_conv2d"):
        assert first[task].feedback in text


def test_a_second_run_does_nothing_and_says_so(graded):
    assert classroom.run(ROOT, UNIT, graded) is False


def test_an_unknown_unit_is_an_error_that_says_what_to_do(tmp_path):
    with pytest.raises(CourseError, match="choose a unit"):
        classroom.run(ROOT, "99_nowhere", tmp_path / "class")


def test_the_class_holds_every_kind_of_work():
    tasks = ["a", "b", "c", "d"]
    answers = [
        bank.Answer("u", t, kind, f"{i}", f"{kind} {t} {i}", None) for t in tasks for kind in ("right", "wrong") for i in (1, 2)
    ]
    students = classroom.example_class(tasks, answers, {"essay": "One.\n\nTwo."})
    assert students["Amani"]["essay"] == "One.\n\nTwo."
    assert list(students) == list(classroom.NAMES)
    assert students["Baraka"] == {}
    assert list(students["Chiku"]) == ["a", "b"]
    for name in classroom.NAMES[3:]:
        kinds = {source.split()[0] for source in students[name].values()}
        assert kinds == {"right", "wrong", "One."}
