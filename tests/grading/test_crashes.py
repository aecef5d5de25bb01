"""Grading that is killed, or finds the disk full, at any step: the next run goes on, loses nothing and records nothing twice.

A forked child grades and kills itself (SIGKILL) when it comes to the chosen one of the steps that touch the disk or the gradebook.
"""

import errno
import os
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest
from class_of_three import WORK, course, files, run, table
from tiny_bundle import BUNDLE, UNIT, filled

from utils.authoring.course import CourseError
from utils.grading import store

STEPS = {
    Path: ("write_text", "replace", "mkdir", "open"),
    os: ("fsync",),
    shutil: ("rmtree",),
    store.Store: ("_stage", "_finish"),
    store: ("autograded",),
}


def count_steps(monkeypatch, at: int, act) -> list[str]:
    """Call `act` when the step number `at` begins. Returns the list that the steps' names are noted in."""
    from sqlalchemy.engine.base import Connection
    from sqlalchemy.orm.session import Session

    seen = []

    def counted(owner, name):
        original = getattr(owner, name)

        def step(*args, **kwargs):
            seen.append(name)
            if len(seen) == at:
                act()
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, step)

    for owner, names in {**STEPS, Session: ("flush", "commit"), Connection: ("_commit_impl",)}.items():
        for name in names:
            counted(owner, name)
    return seen


def in_a_child(work) -> int:
    """Run `work` in a fork; returns the signal that ended it, 0 if none."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def graded_in(log: Path) -> list[str]:
    return log.read_text().split() if log.exists() else []


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Gradebook and files after a run that nothing disturbs, and how many steps it has."""
    folders = course(tmp_path_factory.mktemp("whole") / "course")
    with pytest.MonkeyPatch.context() as patch:
        steps = count_steps(patch, 0, None)
        run(folders)
    return table(folders), files(folders), list(steps)


def sound(folders) -> None:
    with sqlite3.connect(folders.root / "gradebook.db") as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert connection.execute("pragma foreign_key_check").fetchall() == []
        twice = "select count(*) from submitted_assignment group by student_id having count(*) > 1"
        assert connection.execute(twice).fetchall() == []


@pytest.mark.parametrize("point", range(20))
def test_killed_at_any_of_twenty_points_nothing_is_lost_and_nothing_graded_twice(tmp_path, undisturbed, point, monkeypatch):
    marks, pages, steps = undisturbed
    at = 1 + point * (len(steps) - 1) // 19
    folders, log = course(tmp_path / "course"), tmp_path / "log"

    def killed():
        with pytest.MonkeyPatch.context() as patch:
            count_steps(patch, at, lambda: os.kill(os.getpid(), signal.SIGKILL))
            run(folders, log=log)

    assert in_a_child(killed) == signal.SIGKILL, f"step {at}, {steps[at - 1]}, was not reached"
    recorded = {student for student in WORK if store.load(folders, student, UNIT)}
    staged = {path.parents[1].name for path in folders.root.glob(f"autograded/*/.{UNIT}.staged/results.json")}
    before = graded_in(log)
    assert in_a_child(lambda: run(folders, log=log)) == 0
    after = graded_in(log)[len(before) :]
    assert not (recorded | staged) & set(after), "what was recorded or staged is not graded again"
    assert sorted([*(recorded | staged), *after]) == sorted(WORK), "and everyone else is graded, once"
    assert table(folders) == marks
    assert files(folders) == pages
    assert not list(folders.root.rglob("*.staged")) and not list(folders.root.rglob("*.new"))
    sound(folders)
    assert in_a_child(lambda: run(folders, log=log)) == 0
    assert graded_in(log) == before + after, "a third run has nothing to do"


def test_killed_again_and_again_it_still_comes_to_the_same_end(tmp_path, undisturbed):
    marks, pages, steps = undisturbed
    folders, log = course(tmp_path / "course"), tmp_path / "log"

    def killed(at):
        with pytest.MonkeyPatch.context() as patch:
            count_steps(patch, at, lambda: os.kill(os.getpid(), signal.SIGKILL))
            run(folders, log=log)

    kills = sum(in_a_child(lambda at=at: killed(at)) == signal.SIGKILL for at in range(4, len(steps), 9))
    assert kills > 3
    assert in_a_child(lambda: run(folders)) == 0
    assert (table(folders), files(folders)) == (marks, pages)
    sound(folders)


def full():
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("nth", range(1, 13))
def test_a_full_disk_leaves_nothing_half_written(tmp_path, undisturbed, nth):
    """At the nth write of a file: the error says so, the student's old files and marks stay, and the next run goes on."""
    marks, pages, _ = undisturbed
    folders = course(tmp_path / "course")
    run(folders)
    (folders.submitted("amani", UNIT) / f"{UNIT}.ipynb").write_bytes(filled({}))
    (folders.submitted("chiku", UNIT) / f"{UNIT}.ipynb").write_bytes(filled({}))

    def disk():
        with pytest.MonkeyPatch.context() as patch:
            only = ("write_text", "fsync", "mkdir")
            patch.setattr(store, "_disk_is_full", True, raising=False)
            seen = []
            for owner in (Path, os):
                for name in STEPS[owner]:
                    if name in only:
                        original = getattr(owner, name)

                        def step(*args, original=original, name=name, **kwargs):
                            seen.append(name)
                            return full() if len(seen) == nth else original(*args, **kwargs)

                        patch.setattr(owner, name, step)
            run(folders)

    try:
        disk()
    except CourseError as error:
        assert "No space left on device" in str(error) or "could not be written" in str(error)
    except OSError as error:
        assert error.errno == errno.ENOSPC
    for student in ("amani", "chiku"):
        new = store.load(folders, student, UNIT)["result"].points == 0
        page = (folders.feedback(student, UNIT) / f"{UNIT}.html").read_bytes()
        assert (table(folders)[student, "test_double"][0] == 0) is new, "results and gradebook say the same"
        assert (page == pages[f"feedback/{student}/{UNIT}/{UNIT}.html"]) is not new, "and so does the page"
    run(folders)
    assert table(folders)["amani", "test_double"] == table(folders)["chiku", "test_double"] == (0.0, None, 0)
    sound(folders)


def test_a_full_disk_under_the_gradebook_is_a_clear_error_and_what_was_graded_is_kept(tmp_path, monkeypatch):
    from sqlalchemy import event

    from utils.grading.gradebook import Gradebook

    everyone = {f"student{number}": filled({}) for number in range(30)}
    folders, log = course(tmp_path / "course", everyone), tmp_path / "log"
    original = Gradebook.prepare

    def prepare(self, bundle):
        original(self, bundle)
        self.session.connection().exec_driver_sql("pragma max_page_count = 1")  # SQLite then says that the disk is full
        self.session.commit()
        event.listen(self.book.engine, "connect", lambda connection, _: connection.execute("pragma max_page_count = 1"))

    with monkeypatch.context() as patch:
        patch.setattr(Gradebook, "prepare", prepare)
        with pytest.raises(CourseError, match="full.*run the same command again"):
            run(folders, log=log)
    recorded = {student for student in everyone if store.load(folders, student, UNIT)}
    assert recorded == {student for student, _ in table(folders)}, "results and gradebook say the same"
    assert 0 < len(recorded) < len(everyone)
    run(folders)
    assert {student for student, _ in table(folders)} == set(everyone)
    sound(folders)


def test_results_of_other_tests_that_were_staged_are_graded_anew(tmp_path):
    import dataclasses

    folders, log = course(tmp_path / "course"), tmp_path / "log"

    def killed():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store.Store, "_finish", lambda *args: os.kill(os.getpid(), signal.SIGKILL))
            run(folders, log=log)

    assert in_a_child(killed) == signal.SIGKILL
    bundle = dataclasses.replace(BUNDLE, key="another")
    from tiny_bundle import grade

    run(folders, bundle, log=log, grade=lambda _, s: dataclasses.replace(grade(BUNDLE, s), bundle="another"))
    assert graded_in(log).count("amani") == 2
