"""Deadlines from a CSV file: read with errors by line, and entered in nbgrader's own fields."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from class_of_three import course, run, sql
from tiny_bundle import UNIT

from utils.authoring.course import CourseError
from utils.grading import late
from utils.grading.gradebook import Gradebook

HEADER = "unit,student,due,grace_minutes,percent_per_day,percent_at_most\n"
FOR_ALL = f"{UNIT},,2026-10-12T23:59+03:00,15,10,50\n"


def rules(tmp_path, text):
    path = tmp_path / "deadlines.csv"
    path.write_text(text)
    return late.rules(path)


def test_a_deadline_and_an_extension_are_read(tmp_path):
    found = rules(tmp_path, HEADER + FOR_ALL + f"\n{UNIT}, amani ,2026-10-14T20:59Z,,,\n")
    due = datetime(2026, 10, 12, 20, 59, tzinfo=UTC)
    assert found == {UNIT: late.Rule(due, 15, 10, 50, {"amani": due + timedelta(days=2)})}
    assert late.rules(tmp_path / "nowhere.csv") == {}


def test_what_is_left_empty_costs_nothing(tmp_path):
    rule = rules(tmp_path, HEADER + f"{UNIT},,2026-10-12T23:59+03:00,,,\n")[UNIT]
    assert rule.penalty("amani", rule.due + timedelta(days=9), 90) == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"{UNIT},,tomorrow,,,", "line 2: 'tomorrow' is no time: write it as 2026-10-12T23:59+03:00"),
        (f"{UNIT},,2026-10-12T23:59,,,", "line 2: '2026-10-12T23:59' has no offset from UTC"),
        (f"{UNIT},,2026-10-12T23:59Z,-1,,", "line 2: grace_minutes is '-1': it must be a number from 0"),
        (f"{UNIT},,2026-10-12T23:59Z,,ten,", "line 2: percent_per_day is 'ten': it must be a number from 0 to 100"),
        (f"{UNIT},,2026-10-12T23:59Z,,,101", "line 2: percent_at_most is '101'"),
        (f"{UNIT},,2026-10-12T23:59Z,,nan,", "line 2: percent_per_day is 'nan'"),
        (f"{UNIT},,2026-10-12T23:59Z", "line 2: 3 columns instead of 6"),
        (",,2026-10-12T23:59Z,,,", "line 2: no unit"),
        (FOR_ALL + FOR_ALL, "line 3: 01_counting has a deadline already"),
        (f"{UNIT},amani,2026-10-14T20:59Z,,,", "line 2: an extension for amani, but no line gives 01_counting a deadline for all"),
        (FOR_ALL + f"{UNIT},amani,2026-10-01T20:59Z,,,", "line 3: the extension for amani ends before 01_counting is due"),
        (FOR_ALL + f"{UNIT},amani,2026-10-14T20:59Z,,5,", "line 3: an extension has a time only"),
        (FOR_ALL + f"{UNIT},amani,2026-10-14T20:59Z,,,\n" * 2, "line 4: amani has an extension of 01_counting already"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(tmp_path, line, words):
    with pytest.raises(CourseError) as problem:
        rules(tmp_path, HEADER + line)
    assert words in str(problem.value)


def test_all_wrong_lines_are_named_at_once_and_the_columns_are_checked(tmp_path):
    with pytest.raises(CourseError, match="(?s)2 wrong lines.*line 2.*line 4"):
        rules(tmp_path, HEADER + f"a,,x,,,\n{FOR_ALL}b,,y,,,\n")
    with pytest.raises(CourseError, match="line 1: the columns must be unit,student,due"):
        rules(tmp_path, "student,unit\n")


@pytest.mark.parametrize(
    ("late_by", "penalty"),
    [
        (timedelta(hours=-5), 0),
        (timedelta(minutes=15), 0),
        (timedelta(minutes=16), 8),
        (timedelta(hours=24), 8),
        (timedelta(hours=24, minutes=1), 16),
        (timedelta(days=30), 40),
    ],
)
def test_each_day_begun_costs_after_the_grace_and_up_to_the_most(tmp_path, late_by, penalty):
    rule = rules(tmp_path, HEADER + FOR_ALL + f"{UNIT},amani,2026-10-14T20:59Z,,,\n")[UNIT]
    assert rule.penalty("baraka", rule.due + late_by, 80) == penalty
    assert rule.penalty("amani", rule.due + timedelta(days=2) + late_by, 80) == penalty


def test_times_and_penalties_stand_in_nbgraders_fields(tmp_path):
    folders = course(tmp_path / "course")
    for student in ("amani", "chiku"):
        (folders.submitted(student, UNIT) / "timestamp.txt").write_text("2026-10-13 21:30:00 UTC")
    run(folders)
    found = rules(tmp_path, HEADER + FOR_ALL + f"{UNIT},amani,2026-10-14T20:59Z,,,\n")[UNIT]
    with Gradebook(folders) as gradebook:
        assert late.apply(gradebook, UNIT, found) == {"chiku": 10.0}  # 2 days begun, 20 % of 50 points
        submissions = {s.student.id: s for s in gradebook.book.assignment_submissions(UNIT)}
        assert submissions["amani"].duedate == datetime(2026, 10, 14, 20, 59)
        assert submissions["amani"].total_seconds_late == 0
        assert submissions["chiku"].total_seconds_late == 31 * 60 + 86400
        assert submissions["chiku"].late_submission_penalty == 10.0
        assert submissions["amani"].late_submission_penalty == 0
    # a person marks, and a day is given: the penalty follows
    with sqlite3.connect(folders.root / "gradebook.db") as connection:
        connection.execute("update grade set manual_score = 10 where auto_score = 30")
    found = rules(tmp_path, HEADER + FOR_ALL + f"{UNIT},chiku,2026-10-13T20:59Z,,,\n")[UNIT]
    with Gradebook(folders) as gradebook:
        assert late.apply(gradebook, UNIT, found) == {"amani": 14.0, "chiku": 3.0}
    assert sql(folders, "select late_submission_penalty from submitted_notebook where late_submission_penalty > 3") == [(14.0,)]
