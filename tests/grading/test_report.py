"""The class report and the export: figures that are right, names that cannot do harm, and what is worth a look."""

import csv
import dataclasses
import io
import json
import sqlite3

import nbformat
import pytest
from class_of_three import WORK, course, hand_in, run
from rich.console import Console
from tiny_bundle import ANSWERS, BUNDLE, UNIT, filled, grade

from utils.authoring.course import CourseError
from utils.grading import answers, collect, report, terminal
from utils.grading import export as exports
from utils.grading.records import to_dict

LONG = """
def double(number):
    total, parts = 0, [number, number]
    for index, part in enumerate(parts):
        if index >= 0 and part is not None:
            total = total + part * 1
        else:
            total = total - part
    return total
"""
COPIED = '''
def double(value):
    """My own work."""
    result, both = 0, [value, value]

    for i, one in enumerate(both):  # add them up
        if i >= 0 and one is not None:
            result = result + one * 1
        else:
            result = result - one
    return result
'''


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    work = WORK | {
        "daudi": filled({"double": LONG}),
        "eshe": filled({"double": COPIED + "\nimport os\nos.environ['X'] = '1'"}),
        "farida": b"{",
    }
    work["gasto"] = filled({"double": COPIED})
    folders = course(tmp_path_factory.mktemp("report") / "course", work)
    folders.cache.mkdir(parents=True)
    (folders.cache / f"{UNIT}.json").write_text(json.dumps(to_dict(BUNDLE)))
    run(folders)
    with sqlite3.connect(folders.root / "gradebook.db") as connection:
        connection.execute(
            "update submitted_notebook set late_submission_penalty = 5 where id = (select notebook_id from grade where auto_score = 20)"
        )
        connection.execute("update comment set manual_comment = 'Good' where id = (select id from comment limit 1)")
    return folders


@pytest.fixture(scope="module")
def found(graded):
    return report.report(graded, UNIT)


def test_points_by_student_and_task(found):
    assert found.of == {"test_double": 60, "test_triple": 30, "why": 10}
    assert found.entries["amani"].scores == {"test_double": 60, "test_triple": 30, "why": None}
    assert found.entries["chiku"].total == 45
    assert found.waiting == 1


def test_figures_of_a_task(found):
    double, triple = found.tasks
    # of six that could be read, amani has 60, chiku 20, the others 0
    assert double.mean == pytest.approx(80 / 360)
    assert (double.full, double.none, double.unwritten) == (1, 4, 1)
    # points of double: 60 0 20 0 0 0, of triple: 30 0 30 0 0 0
    assert triple.discrimination == double.discrimination == pytest.approx(1600 / (8800 / 3 * 1200) ** 0.5)


def test_discrimination_needs_students_that_differ():
    assert report._correlation([1.0, 1.0], [1.0, 2.0]) is None
    assert report._correlation([1.0], [1.0]) is None


def test_misconceptions_are_counted_once_a_student(found):
    assert found.misconceptions == [("double", "off", 5), ("triple", "off", 4)]


def test_what_could_not_be_read_and_what_looks_odd(found):
    assert [who for who, _ in found.unreadable] == ["farida"]
    odd = dict(found.odd)
    assert odd["daudi, gasto"] == "double: the same answer, but for names and comments"
    assert odd["eshe"] == "double uses os.environ"


def test_students_who_share_the_most_answers_come_first():
    groups = [("double", ["amani", "baraka"]), ("triple", ["chiku", "daudi"]), ("square", ["chiku", "daudi"])]
    assert report._equal(groups) == [
        ("chiku, daudi", "triple, square: the same answer, but for names and comments"),
        ("amani, baraka", "double: the same answer, but for names and comments"),
    ]


def test_it_is_shown_in_terminal_and_page(found):
    console = Console(record=True, width=140, file=io.StringIO())
    report.show(found, console)
    text, page = console.export_text(), report.page(found)
    for words in ("chiku", "daudi, gasto", "os.environ", "not valid JSON", "0.85"):
        assert words in text and words in page


def test_names_and_findings_of_students_do_no_harm(found):
    attack = "<script>alert(1)</script>[red]\x1b[2J"
    bad = dataclasses.replace(found, odd=[(attack, attack)], misconceptions=[("double", attack, 1)])
    assert "<script>" not in report.page(bad)
    console = Console(record=True, width=200, file=io.StringIO(), force_terminal=True)
    report.show(bad, console)
    assert "\x1b[2J" not in console.export_text(styles=True, clear=False)
    assert "[red]" in console.export_text()


def test_a_unit_that_was_not_graded_is_a_clear_error(graded):
    with pytest.raises(CourseError, match="dl4cv grade 02_other"):
        report.report(graded, "02_other")


# -------------------------------------------------------------------------------------------------------------- answers


def test_answers_are_equal_but_for_names_comments_and_layout():
    assert answers.normal_form(LONG) == answers.normal_form(COPIED)
    assert answers.normal_form(LONG) != answers.normal_form(LONG.replace("total - part", "total + part"))
    assert answers.normal_form(LONG) != answers.normal_form(LONG.replace("enumerate", "reversed"))


@pytest.mark.parametrize(
    "source", ["def f(:", "return 1", "(" * 5_000, "x = " + "-" * 50_000 + "1", "\x00", "1" * 200_000, "a.b" + ".c" * 20_000]
)
def test_small_broken_and_hostile_answers_have_no_normal_form_or_one(source):
    assert answers.normal_form(source) is None or source.startswith("a.b")


def test_what_everyone_was_given_is_no_copied_answer():
    groups = answers.equal_answers({"a": {"double": LONG}, "b": {"double": LONG}}, {"double": COPIED})
    assert groups == []


def test_code_that_passed_at_home_and_failed_when_graded():
    notebook = json.loads(filled({}))
    for cell in notebook["cells"]:
        if cell["id"] == "test_double":
            cell["outputs"] = [
                {"output_type": "stream", "name": "stdout", "text": ["✔ visible values: 20 of 20 points\n", "✔ fresh values: 40"]}
            ]
    result = grade(BUNDLE, collect.Submission("amani", filled({})))
    assert answers.passed_at_home(json.dumps(notebook).encode(), result) == [
        "double: 'visible values' passed in the student's own run, and failed when graded"
    ]
    assert answers.passed_at_home(b"{", result) == answers.passed_at_home(b"[1]", result) == []
    assert answers.passed_at_home(filled({}), result) == []


AVOIDS = """
library = ("*conv[1-3]d*", "torch.nn.modules.conv", "scipy")
checks.avoids(trace, *library, "utils.metrics", "torch._tensor.Tensor.backward", instead="slide the window yourself")
"""


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("def slide(x, w):\n    return F.conv2d(x, w)", "torch.nn.functional.conv2d"),
        ("def slide(x, w):\n    return helper(x, w)\nhelper = F.conv2d", "torch.nn.functional.conv2d"),
        (
            "class slide:\n    def __call__(self, x):\n        from scipy import signal as s\n        return s.correlate(x)",
            "scipy.signal.correlate",
        ),
        ("def slide(x, w):\n    x.backward()", "torch._tensor.Tensor.backward"),
        ("def slide(x, w):\n    return layer()(x)", "torch.nn.Conv2d"),  # defined in another cell
        ("def slide(x, metrics):\n    return metrics.roc(x) + x.prod()", None),  # an argument, not the module
        ("def slide(x, w):\n    return x @ w\nassert F.conv2d(x, w) == slide(x, w)", None),  # a student's own check
        ("def slide(x, w):\n    # F.conv2d\n    return 'F.conv2d'", None),
        ("def slide(x, w):\n    return torch.zeros(1).correlate(x).backward()", "torch._tensor.Tensor.backward"),
        ("def slide(x, w:", None),
        ("def slide(x, w):\n    return x" + ".c" * 20_000, None),
    ],
)
def test_what_a_task_asks_to_write_is_not_called_behind_the_tracers_back(source, named):
    cells = {
        "imports": "import torch.nn.functional as F\nfrom torch import nn\nfrom utils import metrics",
        "other": "def layer():\n    return nn.Conv2d(1, 1, 3)",
        "slide": source,
        "test_slide": "F.conv2d",
    }
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text, metadata={"nbgrader": {"grade_id": name}}) for name, text in cells.items()]
    )
    found = answers.does_not_write_itself(nbformat.writes(notebook), AVOIDS, "slide")
    assert found == ([f"slide names {named}, which the task asks to write oneself"] if named else [])


# --------------------------------------------------------------------------------------------------------------- export


def rows(folders, format):
    text, waiting = exports.export(folders, UNIT, format)
    return list(csv.reader(io.StringIO(text))), waiting


def test_csv_has_every_mark(graded):
    table, waiting = rows(graded, "csv")
    assert table[0] == [
        "unit",
        "student",
        "test_double",
        "test_triple",
        "why",
        "late_penalty",
        "total",
        "of",
        "to_be_marked",
        "handed_in",
    ]
    by_student = {row[1]: row for row in table[1:]}
    assert by_student["amani"][2:9] == ["60", "30", "", "0", "90", "100", "1"]
    assert by_student["chiku"][2:9] == ["20", "30", "0", "5", "45", "100", "0"]
    assert by_student["farida"][2:9] == ["0", "0", "0", "0", "0", "100", "0"]
    assert waiting == 1


def test_canvas_and_moodle_have_their_columns_and_numbers(tmp_path):
    folders = course(tmp_path / "course", {"doe_7": filled(ANSWERS)})
    run(folders)
    path = collect.platform_file(folders.submitted("doe_7", UNIT))
    path.write_text(json.dumps({"platform": "canvas", "id": "7", "name": "=cmd()"}))
    assert rows(folders, "canvas")[0] == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", UNIT],
        ["Points Possible", "", "", "", "", "100"],
        ["'=cmd()", "7", "", "", "", "90"],
    ]
    with pytest.raises(CourseError, match="who these are on Moodle: doe_7"):
        rows(folders, "moodle")
    path.write_text(json.dumps({"platform": "moodle", "id": "4711", "name": "Jane Doe"}))
    assert rows(folders, "moodle")[0][1] == ["Participant 4711", "Jane Doe", "90", "100", ""]


def test_a_student_cannot_hand_in_being_another(tmp_path):
    folders = course(tmp_path / "course", {"doe_7": filled(ANSWERS)})
    run(folders)
    (hand_in(folders.root, "doe_7", filled(ANSWERS)) / ".platform.json").write_text(
        '{"platform": "canvas", "id": "1", "name": "other"}'
    )
    with pytest.raises(CourseError, match="it is not known"):
        rows(folders, "canvas")


def test_export_of_nothing_or_in_an_unknown_format_is_a_clear_error(graded):
    with pytest.raises(CourseError, match="choose one of csv, canvas, moodle"):
        exports.export(graded, UNIT, "xml")
    with pytest.raises(CourseError, match="run `dl4cv grade 02_other` first"):
        exports.export(graded, "02_other")


def test_feedback_is_written_again_with_what_a_person_entered(graded):
    with sqlite3.connect(graded.root / "gradebook.db") as connection:
        connection.execute("update grade set manual_score = 7.5, needs_manual_grade = 0 where auto_score is null")
        connection.execute("update comment set manual_comment = 'Well said.'")
    assert terminal.write_feedback(graded, UNIT) == 7
    page = (graded.feedback("amani", UNIT) / f"{UNIT}.html").read_text()
    assert "97.5 of 100 points" in page and "Well said." in page
