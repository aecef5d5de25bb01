"""A course folder with three submissions of the tiny bundle, and how it looks from outside: what tests of the pipeline compare."""

import functools
import shutil
import sqlite3
import tempfile
from pathlib import Path

from tiny_bundle import ANSWERS, BUNDLE, UNIT, filled, grade

from utils.grading import batch
from utils.grading.folders import Folders, folders
from utils.grading.gradebook import Gradebook

ROOT = Path(__file__).parents[2]
WORK = {
    "amani": filled(ANSWERS | {"why": "Because."}),
    "baraka": filled({}),
    "chiku": filled({"double": "def double(number):\n    print(number)", "triple": ANSWERS["triple"], "why": ""}),
}


class Stub:
    """A grader that runs nothing, and notes in a file whom it grades."""

    def __init__(self, log: Path | None = None, grade=grade):
        self.log, self._grade = log, grade

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def grade(self, submission):
        if self.log:
            with self.log.open("a") as log:
                log.write(submission.student + "\n")
        return self._grade(BUNDLE, submission)


@functools.cache
def _empty_gradebook() -> bytes:
    """Making one takes nbgrader a second, so the courses of all tests begin with a copy."""
    with tempfile.TemporaryDirectory() as root:
        shutil.copy(ROOT / "nbgrader_config.py", root)
        Gradebook(folders(root)).close()
        return (Path(root) / "gradebook.db").read_bytes()


def course(root: Path, work: dict[str, bytes] = WORK) -> Folders:
    root.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / "gradebook.db").write_bytes(_empty_gradebook())
    for student, notebook in work.items():
        hand_in(root, student, notebook)
    return folders(root)


def hand_in(root: Path, student: str, notebook: bytes) -> Path:
    place = root / "submitted" / student / UNIT
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{UNIT}.ipynb").write_bytes(notebook)
    return place


def run(folders: Folders, bundle=BUNDLE, log: Path | None = None, grade=grade, jobs: int = 1, **settings) -> batch.Summary:
    settings = {"say": lambda line: None} | settings
    return batch.run(folders, bundle, batch.local(jobs, lambda bundle: Stub(log, grade)), **settings)


def table(folders: Folders, columns: str = "auto_score, manual_score, needs_manual_grade") -> dict[tuple[str, str], tuple]:
    """The grades in an SQLite gradebook: (student, cell) -> columns."""
    query = f"""
        select s.student_id, c.name, {columns} from grade g
        join submitted_notebook n on g.notebook_id = n.id join submitted_assignment s on n.assignment_id = s.id
        join base_cell c on g.cell_id = c.id order by s.student_id, c.name"""
    return {(student, cell): tuple(rest) for student, cell, *rest in sql(folders, query)}


def comments(folders: Folders) -> dict[tuple[str, str], tuple]:
    query = """
        select s.student_id, c.name, auto_comment, manual_comment from comment k
        join submitted_notebook n on k.notebook_id = n.id join submitted_assignment s on n.assignment_id = s.id
        join base_cell c on k.cell_id = c.id"""
    return {(student, cell): tuple(rest) for student, cell, *rest in sql(folders, query)}


def sql(folders: Folders, query: str, *values) -> list:
    path = folders.root / "gradebook.db"
    with sqlite3.connect(path) as connection:
        return connection.execute(query, values).fetchall()


def files(folders: Folders) -> dict[str, bytes]:
    """Every file that grading left, but the gradebook and the cache."""
    found = [path for kind in ("autograded", "feedback") for path in (folders.root / kind).rglob("*") if path.is_file()]
    return {path.relative_to(folders.root).as_posix(): path.read_bytes() for path in found}
