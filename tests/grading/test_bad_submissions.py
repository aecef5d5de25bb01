"""Every kind of bad file in one class, between two honest students: each gets marks and a reason, and the neighbours notice nothing.

What hostile code does, once it runs, is in test_attacks.py; zip files of platforms are in test_collect.py.
"""

import json
import locale
import os
import sqlite3
import time

import pytest
from class_of_three import course, files, hand_in, run, table
from tiny_bundle import ANSWERS, UNIT, filled

from utils.grading import store

GOOD = filled(ANSWERS | {"why": "Because."})
TEXT = GOOD.decode()


def changed(change) -> bytes:
    """The good notebook after `change` was done to its cells, by id."""
    notebook = json.loads(GOOD)
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    change(notebook, cells)
    return json.dumps(notebook).encode()


def label(cell, **values):
    cell["metadata"]["nbgrader"] |= values


def twice(notebook, cells):
    notebook["cells"].insert(2, cells["double"] | {"source": "def double(number):\n    raise NotImplementedError"})


def stripped(notebook, cells):
    for cell in notebook["cells"]:
        cell["metadata"] = {}


ALL, NONE, HALF = (
    (60, 30, None),
    (0, 0, 0),
    (60, 0, None),
)  # double, triple, and the written answer: None while it waits for a person
# What was handed in; the marks; the status; and words of the reason.
FILES = {
    "empty": (b"", NONE, "unreadable", "the file is empty"),
    "broken JSON": (GOOD[:300], NONE, "unreadable", "not valid JSON"),
    "a merge conflict": (TEXT.replace('"metadata"', '\n<<<<<<< HEAD\n"metadata"', 1).encode(), NONE, "unreadable", "conflict marker of git"),
    "another file": (b"\x89PNG\r\n\x1a\n" + bytes(100), NONE, "unreadable", "not valid JSON"),
    "no notebook": (b'{"a": 1}', NONE, "unreadable", "no list of cells"),
    "10,000 cells": (changed(lambda n, c: n["cells"].extend([c["double"]] * 10_000)), NONE, "unreadable", "10,007 cells; at most"),
    "100 MB": (100_000_000, NONE, "unreadable", "the file has 100 MB; at most 50 MB are read"),
    "UTF-16": (TEXT.encode("utf-16"), ALL, "graded", "encoded as utf-16"),
    "Latin-1": (TEXT.replace("Because.", "Weil é.").encode("latin-1"), ALL, "graded", "encoded as latin-1"),
    "halves of characters": (TEXT.replace("Because.", "\\ud800").encode(), ALL, "graded", None),
    "a changed test": (changed(lambda n, c: c["test_double"].update(source="60.0")), ALL, "graded", "'test_double' is locked, and differs from the release"),
    "a changed type": (changed(lambda n, c: c["test_double"].update(cell_type="markdown")), ALL, "graded", "its type was changed from code to markdown"),
    "changed points": (changed(lambda n, c: label(c["test_double"], points=100)), ALL, "graded", "its points were changed from 60 to 100"),
    "a flipped grade flag": (changed(lambda n, c: label(c["test_double"], grade=False)), ALL, "graded", "its mark 'grade' was flipped"),
    "a deleted test": (changed(lambda n, c: n["cells"].remove(c["test_triple"])), ALL, "graded", "'test_triple' was missing, and was put back"),
    "a deleted answer": (changed(lambda n, c: n["cells"].remove(c["triple"])), HALF, "graded", "'triple' was missing, and was put back"),
    "no metadata": (changed(stripped), ALL, "graded", "had lost their labels"),
    "a grade_id twice": (changed(twice), ALL, "graded", "'double' is there more than once: the last copy that holds an answer counts"),
    "another assignment": (changed(lambda n, c: n.update(cells=[c["title"]])), NONE, "graded", "no cell of this assignment is in the notebook"),
}  # fmt: skip
# What was done to the place where the notebook is handed in.
PLACES = {
    "no file": (lambda place, outside: (place / f"{UNIT}.ipynb").unlink(), NONE, "unreadable", "no notebook was handed in"),
    "renamed": (lambda place, outside: (place / f"{UNIT}.ipynb").rename(place / "Untitled (3).ipynb"), ALL, "graded", "is called 'Untitled (3).ipynb'"),
    "a folder": (lambda place, outside: ((place / f"{UNIT}.ipynb").unlink(), (place / f"{UNIT}.ipynb").mkdir()), NONE, "unreadable", "is no file"),
    "a link outside": (lambda place, outside: ((place / f"{UNIT}.ipynb").unlink(), (place / f"{UNIT}.ipynb").symlink_to(outside)), NONE, "unreadable", "link to another place"),
    "a linked folder": (lambda place, outside: ((place / f"{UNIT}.ipynb").unlink(), place.rmdir(), place.symlink_to(outside.parent)), NONE, "unreadable", "link to another place"),
    "not allowed to be read": (lambda place, outside: (place / f"{UNIT}.ipynb").chmod(0), ALL if os.getuid() == 0 else NONE, "graded" if os.getuid() == 0 else "unreadable", None if os.getuid() == 0 else "cannot be read"),
}  # fmt: skip
CASES = {**FILES, **PLACES}
NEIGHBOURS = ("a neighbour", "z neighbour")  # the first and the last in the order of grading


def class_of(root, **settings):
    """A course folder with every case, graded."""
    made = course(root, dict.fromkeys(NEIGHBOURS, GOOD))
    outside = root.parent / "outside" / f"{UNIT}.ipynb"
    outside.parent.mkdir()
    outside.write_bytes(GOOD)
    for name, (data, *_) in FILES.items():
        place = hand_in(made.root, f"m {name}", b"" if isinstance(data, int) else data)
        if isinstance(data, int):
            os.truncate(place / f"{UNIT}.ipynb", data)
    for name, (do, *_) in PLACES.items():
        do(hand_in(made.root, f"m {name}", GOOD), outside)
    return made, run(made, **settings)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    return class_of(tmp_path_factory.mktemp("bad") / "course")


@pytest.mark.parametrize("case", CASES)
def test_a_bad_submission_gets_marks_and_a_reason(graded, case):
    made, _ = graded
    _, marks, status, words = CASES[case]
    student, rows = f"m {case}", table(made)
    assert tuple(rows[student, cell][0] for cell in ("test_double", "test_triple", "why")) == marks
    result = store.load(made, student, UNIT)["result"]
    assert result.status == status
    said = "\n".join(result.findings)
    assert words in said if words else said == ""
    page = (made.feedback(student, UNIT) / f"{UNIT}.html").read_text()
    assert ("could not be read, so nothing in it was graded" in page) == (status == "unreadable")
    assert json.loads((made.autograded(student, UNIT) / f"{UNIT}.ipynb").read_text())["cells"]


@pytest.mark.parametrize("student", NEIGHBOURS)
def test_the_neighbours_notice_nothing(graded, student):
    made, summary = graded
    assert [table(made)[student, cell] for cell in ("test_double", "test_triple", "why")] == [
        (60, None, 0),
        (30, None, 0),
        (None, None, 1),
    ]
    assert store.load(made, student, UNIT)["result"].findings == ()
    assert len(summary.results) == len(CASES) + 2 and not summary.with_status("failed")


def test_nothing_is_graded_again_because_it_was_bad(graded):
    assert run(graded[0]).results == []


def test_clock_time_zone_and_locale_of_the_machine_change_nothing(graded, tmp_path, monkeypatch):
    made, _ = graded
    other, _ = class_of(tmp_path / "course")
    for path in (other.root / "submitted").rglob("*.ipynb"):
        if not path.is_symlink():
            os.utime(path, (4e9, 4e9))  # from a machine whose clock is far ahead
    before = locale.setlocale(locale.LC_ALL)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        for name in ("de_DE.UTF-8", "tr_TR.UTF-8", "C"):
            try:
                locale.setlocale(locale.LC_ALL, name)
                break
            except locale.Error:
                continue
        assert run(other).results == []
        run(other, regrade=True)
    finally:
        locale.setlocale(locale.LC_ALL, before)
        monkeypatch.undo()
        time.tzset()
    assert table(other) == table(made)
    assert files(other) == files(made)
    with sqlite3.connect(other.root / "gradebook.db") as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
