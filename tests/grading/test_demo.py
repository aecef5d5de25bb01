"""The instructor's example class, graded by nbgrader itself."""

from pathlib import Path

import pytest

from utils.authoring import bank, classroom
from utils.authoring.course import CourseError

ROOT = Path(__file__).parents[2]
UNIT = "03_convolution_arithmetic"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    place = tmp_path_factory.mktemp("demo") / "class"
    assert classroom.run(ROOT, UNIT, place, say=lambda line: None)
    return place


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


def test_every_student_gets_feedback(graded):
    for name in classroom.NAMES:
        page = graded / "feedback" / name / UNIT / f"{UNIT}.html"
        assert page.stat().st_size > 10_000


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
