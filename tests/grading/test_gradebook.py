"""The gradebook after a run, after a second one, when tests or notebooks change, and when a person has marked by hand."""

import dataclasses
import json
import sqlite3
import threading
import time

import pytest
from class_of_three import WORK, comments, course, files, hand_in, run, sql, table
from tiny_bundle import ANSWERS, BUNDLE, UNIT, filled, grade

from utils.authoring.course import CourseError
from utils.grading import store
from utils.grading.gradebook import Gradebook
from utils.grading.records import Verdict, without_marks

EXPECTED = {
    ("amani", "test_double"): (60.0, None, 0),
    ("amani", "test_triple"): (30.0, None, 0),
    ("amani", "why"): (None, None, 1),
    ("baraka", "test_double"): (0.0, None, 0),
    ("baraka", "test_triple"): (0.0, None, 0),
    ("baraka", "why"): (0.0, None, 0),
    ("chiku", "test_double"): (20.0, None, 0),
    ("chiku", "test_triple"): (30.0, None, 0),
    ("chiku", "why"): (0.0, None, 0),
}


@pytest.fixture
def graded(tmp_path):
    folders = course(tmp_path / "course")
    run(folders)
    return folders


def changed_test(points=60.0):
    """The bundle after its author changed the first test, and with it what `double` is worth."""
    edited = [
        text.replace("check(double, 1)", "check(double, 2)").replace('"points": 60', f'"points": {points:g}')
        for text in (BUNDLE.source, BUNDLE.master, BUNDLE.release)
    ]
    tasks = tuple(dataclasses.replace(t, points=points) if t.name == "double" else t for t in BUNDLE.tasks)
    return dataclasses.replace(BUNDLE, key="another-key", source=edited[0], master=edited[1], release=edited[2], tasks=tasks)


def by_hand(folders, student, cell, score, comment=None):
    """As formgrader writes it."""
    update = """update grade set {} where id in (select g.id from grade g join submitted_notebook n on g.notebook_id = n.id
        join submitted_assignment s on n.assignment_id = s.id join base_cell c on g.cell_id = c.id where s.student_id = ? and c.name = ?)"""
    with sqlite3.connect(folders.root / "gradebook.db") as connection:
        connection.execute(update.format(f"manual_score = {score}, extra_credit = 1, needs_manual_grade = 0"), (student, cell))
        if comment:
            connection.execute("update comment set manual_comment = ?", (comment,))


def test_marks_are_entered_and_written_answers_wait_for_a_person(graded):
    assert table(graded) == EXPECTED


def test_untouched_answers_have_nbgraders_comment(graded):
    untouched = {key for key, (auto, _) in comments(graded).items() if auto == "No response."}
    assert untouched == {("baraka", "double"), ("baraka", "triple"), ("baraka", "why")}


def test_the_files_are_where_nbgrader_has_them(graded):
    names = [f"autograded/{{}}/{UNIT}/{UNIT}.ipynb", f"autograded/{{}}/{UNIT}/results.json", f"feedback/{{}}/{UNIT}/{UNIT}.html"]
    assert sorted(files(graded)) == sorted(name.format(student) for student in WORK for name in names)


def test_what_the_exchange_knows_a_submission_by_lies_beside_its_results(tmp_path):
    folders = course(tmp_path / "course")
    for student, secret in (("amani", "first"), ("baraka", None)):
        place = folders.submitted(student, UNIT)
        (place / "timestamp.txt").write_text("2026-11-25 10:00:00 UTC")
        (place / "submission_secret.txt").write_text(secret) if secret else (place / "submission_secret.txt").symlink_to(
            place / "timestamp.txt"
        )
    run(folders)

    def secrets(student):
        places = (folders.autograded(student, UNIT), folders.feedback(student, UNIT))
        return [(p / "submission_secret.txt").read_text() if (p / "submission_secret.txt").exists() else None for p in places]

    assert secrets("amani") == ["first", "first"] and secrets("baraka") == [None, None]
    assert (folders.feedback("baraka", UNIT) / "timestamp.txt").read_text() == "2026-11-25 10:00:00 UTC"
    (folders.submitted("amani", UNIT) / "submission_secret.txt").write_text("the same notebook, handed in again")
    store.follow(folders, "amani", UNIT)
    assert secrets("amani") == ["the same notebook, handed in again"] * 2


def test_the_autograded_notebook_shows_report_and_points_as_plain_nbgrader_would_read_them(graded):
    import nbformat
    from nbgrader.utils import determine_grade

    notebook = nbformat.read(graded.autograded("chiku", UNIT) / f"{UNIT}.ipynb", as_version=4)
    nbformat.validate(notebook)
    graded_cells = {
        cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert determine_grade(graded_cells["test_double"]) == (20.0, 60.0)
    assert graded_cells["test_double"].outputs[0].text == "report on double\n"


def test_a_second_run_grades_nothing(graded, tmp_path):
    before = files(graded)
    summary = run(graded, log=tmp_path / "log")
    assert (summary.skipped, summary.results, summary.recovered) == (3, [], [])
    assert not (tmp_path / "log").exists()
    assert (table(graded), files(graded)) == (EXPECTED, before)


def test_only_some_students(tmp_path):
    folders = course(tmp_path / "course")
    assert [result.student for result in run(folders, students=["chiku"]).results] == ["chiku"]
    assert {student for student, _ in table(folders)} == {"chiku"}
    with pytest.raises(CourseError, match="no submission of 01_counting by nobody"):
        run(folders, students=["nobody"])


def test_four_jobs_give_the_same_marks_as_one(tmp_path):
    folders = course(tmp_path / "course")
    run(folders, jobs=4)
    assert table(folders) == EXPECTED


def test_a_grader_that_fails_holds_up_nobody_and_is_tried_again(tmp_path):
    def failing(bundle, submission):
        if submission.student == "amani":
            raise RuntimeError("out of luck")
        return grade(bundle, submission)

    folders = course(tmp_path / "course")
    summary = run(folders, grade=failing)
    assert [result.student for result in summary.with_status("failed")] == ["amani"]
    marks = table(folders)
    assert {key: marks[key] for key in marks if key[0] != "amani"} == {
        key: EXPECTED[key] for key in EXPECTED if key[0] != "amani"
    }
    assert marks["amani", "test_double"] == (None, None, 1), "no mark, and formgrader shows it as waiting"
    summary = run(folders)
    assert [result.student for result in summary.results] == ["amani"]
    assert table(folders) == EXPECTED
    assert summary.changes["amani"][0] == "failed → graded, because the grader failed once"


# -------------------------------------------------------------------------------------------------------------- regrade


def test_a_changed_notebook_is_graded_again_and_the_change_explained(graded):
    hand_in(graded.root, "baraka", filled({"double": ANSWERS["double"]}))
    summary = run(graded)
    assert [result.student for result in summary.results] == ["baraka"]
    assert summary.changes == {"baraka": ["double: 0 → 60 points, because another notebook was handed in"]}
    assert table(graded)["baraka", "test_double"] == (60.0, None, 0)


def test_a_notebook_that_can_no_longer_be_read_leaves_no_old_marks(graded):
    hand_in(graded.root, "amani", b"{broken")
    summary = run(graded)
    assert {cell: row[0] for (student, cell), row in table(graded).items() if student == "amani"} == {
        "test_double": 0,
        "test_triple": 0,
        "why": 0,
    }
    assert summary.changes["amani"][0] == "graded → unreadable, because another notebook was handed in"
    page = (graded.feedback("amani", UNIT) / f"{UNIT}.html").read_text()
    assert "could not be read" in page and "not valid JSON" in page
    notebook = (graded.autograded("amani", UNIT) / f"{UNIT}.ipynb").read_text()
    assert "not valid JSON" in notebook and ANSWERS["double"] not in notebook


def test_a_failed_regrade_leaves_no_old_marks(graded):
    run(graded, regrade=True, grade=lambda bundle, submission: without_marks(bundle, submission, "failed", ("gone",)))
    assert set(table(graded).values()) == {(None, None, 1)}


def test_a_changed_test_is_graded_again_with_its_new_points(graded):
    bundle = changed_test(points=50.0)

    def stricter(_, submission):
        result = grade(BUNDLE, submission)
        half = tuple(dataclasses.replace(v, points=v.points / 2, of=50.0) if v.task == "double" else v for v in result.verdicts)
        return dataclasses.replace(result, verdicts=half, bundle=bundle.key)

    summary = run(graded, bundle, grade=stricter)
    assert len(summary.results) == 3
    assert summary.changes == {
        "amani": ["double: 60 → 30 points, because the assignment or its tests changed"],
        "chiku": ["double: 20 → 10 points, because the assignment or its tests changed"],
    }
    assert table(graded)["amani", "test_double"] == (30.0, None, 0)
    assert sql(graded, "select max_score from grade_cells g join base_cell b on g.id = b.id where b.name = 'test_double'") == [
        (50.0,)
    ]
    assert "check(double, 2)" in sql(graded, "select source from source_cell where name = 'test_double'")[0][0]


def test_a_mark_that_changes_by_itself_is_called_odd(graded):
    odd = lambda bundle, s: dataclasses.replace(  # noqa: E731
        grade(bundle, s), verdicts=(Verdict("double", 1.0, 60.0, "partial", (), "", None, 0.0), grade(bundle, s).verdicts[1])
    )
    changes = run(graded, regrade=True, grade=odd).changes
    assert "though neither the notebook nor its tests changed" in changes["amani"][0]


def test_cells_may_be_added_after_submissions_are_there(graded):
    master = json.loads(BUNDLE.master)
    for id, label in (("more", {"solution": True}), ("test_more", {"grade": True, "locked": True, "points": 5})):
        label = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False, "grade_id": id} | label
        master["cells"].append(
            {"cell_type": "code", "id": id, "metadata": {"nbgrader": label}, "source": id, "outputs": [], "execution_count": None}
        )
    text = json.dumps(master)
    task = dataclasses.replace(BUNDLE.tasks[0], name="more", points=5.0)
    bundle = dataclasses.replace(BUNDLE, key="more", master=text, release=text, tasks=(*BUNDLE.tasks, task))
    more = Verdict("more", 5.0, 5.0, "passed", (), "", None, 0.0)

    def graded_with_more(_, submission):
        result = grade(BUNDLE, submission)
        return dataclasses.replace(result, verdicts=(*result.verdicts, more), bundle="more", notebook=text)

    run(graded, bundle, grade=graded_with_more, students=["amani"])
    assert table(graded)["amani", "test_more"] == (5.0, None, 0)
    assert table(graded)["chiku", "test_more"] == (None, None, 1), "not graded since: it waits"


def without_triple():
    def cut(text):
        notebook = json.loads(text)
        notebook["cells"] = [cell for cell in notebook["cells"] if "triple" not in cell["id"]]
        return json.dumps(notebook)

    return dataclasses.replace(
        BUNDLE,
        key="less",
        source=cut(BUNDLE.source),
        master=cut(BUNDLE.master),
        release=cut(BUNDLE.release),
        tasks=BUNDLE.tasks[:1],
    )


def test_a_cell_may_be_removed_unless_a_person_marked_it(graded):
    by_hand(graded, "amani", "test_triple", 12)
    with (
        Gradebook(graded) as gradebook,
        pytest.raises(CourseError, match="'test_triple', but a person marked or commented it in 1"),
    ):
        gradebook.prepare(without_triple())
    assert table(graded)["amani", "test_triple"][1] == 12, "nothing of it was done"
    with sqlite3.connect(graded.root / "gradebook.db") as connection:
        connection.execute("update grade set manual_score = null, extra_credit = null")
    with Gradebook(graded) as gradebook:
        gradebook.prepare(without_triple())
    assert {cell for _, cell in table(graded)} == {"test_double", "why"}


# ------------------------------------------------------------------------------------------------------ marked by hand


def test_a_regrade_never_changes_what_a_person_entered(graded):
    by_hand(graded, "amani", "why", 7.5, comment="Well said.")
    by_hand(graded, "chiku", "test_double", 33)
    run(graded, regrade=True)
    columns = "auto_score, manual_score, extra_credit, needs_manual_grade"
    assert table(graded, columns)["amani", "why"] == (None, 7.5, 1.0, 0)
    assert table(graded, columns)["chiku", "test_double"] == (20.0, 33.0, 1.0, 0)
    assert {row[1] for row in comments(graded).values()} == {"Well said."}


def test_a_new_notebook_asks_the_person_to_look_again(graded):
    by_hand(graded, "amani", "why", 7.5)
    by_hand(graded, "chiku", "test_double", 33)
    hand_in(graded.root, "amani", filled({"why": "Another answer."}))
    run(graded)
    assert table(graded)["amani", "why"] == (None, 7.5, 1)
    assert table(graded)["chiku", "test_double"] == (20.0, 33.0, 0), "not handed in again"


def test_a_test_that_gives_other_points_asks_the_person_to_look_again(graded):
    by_hand(graded, "chiku", "test_double", 33)
    by_hand(graded, "amani", "test_double", 55)
    bundle = changed_test()
    other = lambda _, s: dataclasses.replace(grade(BUNDLE, s), bundle=bundle.key)  # noqa: E731
    run(graded, bundle, grade=other)
    assert table(graded)["chiku", "test_double"] == (20.0, 33.0, 0), "the automatic score is the same"
    none = lambda _, s: dataclasses.replace(  # noqa: E731
        grade(BUNDLE, s), bundle=bundle.key, verdicts=tuple(dataclasses.replace(v, points=0.0) for v in grade(BUNDLE, s).verdicts)
    )
    run(graded, bundle, grade=none, regrade=True, students=["chiku"])
    assert table(graded)["chiku", "test_double"] == (0.0, 33.0, 1)
    assert table(graded)["amani", "test_double"] == (60.0, 55.0, 0)


# ------------------------------------------------------------------------------------------------------- things go wrong


def test_a_gradebook_that_is_lost_is_made_again_without_grading(graded, tmp_path):
    (graded.root / "gradebook.db").unlink()
    summary = run(graded, log=tmp_path / "log")
    assert summary.recovered == sorted(WORK)
    assert not (tmp_path / "log").exists()
    assert table(graded) == EXPECTED


def test_marks_that_something_else_overwrote_are_entered_again(graded):
    with sqlite3.connect(graded.root / "gradebook.db") as connection:
        connection.execute("update grade set auto_score = 1")
    assert run(graded).recovered == sorted(WORK)
    assert table(graded) == EXPECTED


def locked(folders, seconds):
    """Hold the gradebook, as formgrader does while it writes."""
    connection = sqlite3.connect(folders.root / "gradebook.db", isolation_level=None, check_same_thread=False)
    connection.execute("begin exclusive")
    threading.Timer(seconds, lambda: (connection.execute("rollback"), connection.close())).start()


def test_a_gradebook_held_by_another_program_is_waited_for_with_a_message(graded):
    said = []
    with Gradebook(graded, say=said.append) as gradebook:
        gradebook.session.connection().exec_driver_sql("pragma busy_timeout = 50")
        gradebook.session.commit()
        locked(graded, 1.0)
        gradebook.prepare(changed_test())
    assert said == ["another program holds the gradebook (formgrader?): waiting for up to 60 s"]
    assert "check(double, 2)" in sql(graded, "select source from source_cell where name = 'test_double'")[0][0]


def test_a_gradebook_held_for_too_long_is_a_clear_error_and_nothing_graded_is_lost(graded, tmp_path):
    hand_in(graded.root, "baraka", filled(ANSWERS))
    bundle, records = BUNDLE, None
    with Gradebook(graded, say=lambda line: None, patience=0.3) as gradebook:
        gradebook.prepare(bundle)
        gradebook.session.connection().exec_driver_sql("pragma busy_timeout = 50")
        gradebook.session.commit()
        records = store.Store(graded, bundle, gradebook)
        locked(graded, 1.0)
        submission = dataclasses.replace(store_submission(graded, "baraka"))
        with pytest.raises(CourseError, match="another program held it for 0.3 s .*run the same command again"):
            records.save(submission, grade(bundle, submission))
    time.sleep(1.0)
    assert table(graded) == EXPECTED
    summary = run(graded, log=tmp_path / "log")
    assert summary.recovered == ["baraka"]
    assert not (tmp_path / "log").exists(), "what was graded before is not graded again"
    assert table(graded)["baraka", "test_double"] == (60.0, None, 0)


def store_submission(folders, student):
    from utils.grading import collect

    return collect.read(folders, student, UNIT)


def test_a_second_grader_in_the_same_course_is_refused(graded):
    with store.alone(graded), pytest.raises(CourseError, match="another `dl4cv grade` is running"):
        run(graded)


def test_an_unreachable_gradebook_is_a_clear_error(tmp_path):
    folders = course(tmp_path / "course")
    folders.course.db_url = "sqlite:////proc/nowhere/gradebook.db"
    with pytest.raises((CourseError, OSError)):
        run(folders)
