"""nbgrader's gradebook, written as `nbgrader autograde` writes it, in one transaction a submission.

Formgrader, marking by hand, feedback, export and plain `nbgrader autograde` read and write the same tables. What a person entered
(manual scores, comments, extra credit) is never changed. The tables are nbgrader's own classes; its `update_or_create_...` functions
are not used, because each of them commits.
"""

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from utils.authoring.course import CourseError
from utils.grading.folders import Folders
from utils.grading.records import Bundle, Result

PATIENCE = 60  # seconds to wait for another program that holds the gradebook


@dataclass(frozen=True)
class Entry:
    """What the gradebook holds of one submission. `scores`: None where a person has still to mark."""

    scores: dict[str, float | None]
    of: dict[str, float]
    by_hand: set[str]  # cells whose score a person gave
    comments: dict[str, str]
    penalty: float
    handed_in: datetime | None

    @property
    def total(self) -> float:
        """Points less the penalty, what is still to be marked counted as 0: as nbgrader's export has it."""
        return max(0.0, sum(score or 0.0 for score in self.scores.values()) - self.penalty)


class Gradebook:
    """The open gradebook of a course. Only the process that started the grading has one."""

    def __init__(self, folders: Folders, say: Callable[[str], None] = print, patience: float = PATIENCE):
        from nbgrader import api

        self.api, self.say, self.patience = api, say, patience
        self.course = folders.course.course_id or "default_course"
        self.book = self.attempt(lambda: _open(folders.db_url, self.course))
        self.session = self.book.db

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self) -> None:
        self.book.close()

    def attempt(self, work: Callable[[], object]):
        """Do `work` and commit it; all of it or nothing. A gradebook that another program holds is waited for.

        Raises
        ------
        CourseError
            If it is held for longer than `patience` seconds, cannot be reached, or cannot be written (disk full).
        """
        from sqlalchemy.exc import DBAPIError

        begun, said = time.monotonic(), False
        while True:
            try:
                done = work()
                if hasattr(self, "session"):
                    self.session.commit()
                return done
            except DBAPIError as error:
                self._rollback()
                held = "locked" in str(error.orig)
                if not held or time.monotonic() - begun > self.patience:
                    what = (
                        f"another program held it for {self.patience:g} s (formgrader?): close that one" if held else error.orig
                    )
                    raise CourseError(
                        f"the gradebook could not be written: {what}. What was graded is kept: run the same command again"
                    ) from None
                if not said:
                    self.say(f"another program holds the gradebook (formgrader?): waiting for up to {self.patience:g} s")
                    said = True
                time.sleep(0.2)
            except BaseException:
                self._rollback()
                raise

    def _rollback(self):
        if hasattr(self, "session"):
            with contextlib.suppress(Exception):
                self.session.rollback()

    # ---------------------------------------------------------------------------------------------------- the assignment

    def prepare(self, bundle: Bundle) -> None:
        """Make the assignment's cells in the gradebook those of the bundle, as `nbgrader generate_assignment` would.

        Cells may be added, and tests and points changed, when submissions are there already.

        Raises
        ------
        CourseError
            If a cell is gone that a person has marked or commented.
        """
        self.attempt(lambda: self._prepare(bundle))

    def _prepare(self, bundle):
        import nbformat
        from nbgrader import utils

        api, session = self.api, self.session
        assignment = self._one(api.Assignment, name=bundle.unit)
        assignment = assignment or self._add(api.Assignment(name=bundle.unit, course_id=self.course))
        notebook = self._one(api.Notebook, name=bundle.unit, assignment_id=assignment.id)
        cells = nbformat.reads(bundle.master, as_version=4)
        if not notebook:
            kernel = json.dumps(cells.metadata.get("kernelspec", {}))
            notebook = self._add(api.Notebook(name=bundle.unit, assignment=assignment, kernelspec=kernel))
        wanted = {}
        for cell in cells.cells:
            label = cell.metadata.get("nbgrader", {})
            graded = {"max_score": float(label.get("points", 0)), "cell_type": cell.cell_type}
            source = {"cell_type": cell.cell_type, "locked": utils.is_locked(cell), "source": cell.source}
            for kind, applies, fields in (
                (api.GradeCell, utils.is_grade(cell), graded),
                (api.SolutionCell, utils.is_solution(cell), {}),
                (api.TaskCell, utils.is_task(cell), graded),
                (api.SourceCell, bool(label), source | {"checksum": label.get("checksum")}),
            ):
                if applies:
                    wanted[kind, label["grade_id"]] = fields
        there = {
            (type(cell), cell.name): cell for cell in [*self._all(api.BaseCell, notebook), *self._all(api.SourceCell, notebook)]
        }
        for key in there.keys() - wanted.keys():
            self._remove(there[key], bundle.unit)
        for (kind, name), fields in sorted(wanted.items(), key=lambda item: item[0][0].__name__):
            cell = there.get((kind, name)) or self._add(kind(name=name, notebook_id=notebook.id, **fields))
            for field, value in fields.items():
                if getattr(cell, field) != value:
                    setattr(cell, field, value)
        session.flush()
        self.notebook, self.assignment = notebook.id, assignment.id
        self.cells = {cell.id: (type(cell), cell.name) for cell in self._all(api.BaseCell, notebook)}
        for (submitted,) in session.query(api.SubmittedNotebook.id).filter_by(notebook_id=notebook.id).all():
            self._complete(submitted)

    def _remove(self, cell, unit):
        api, session = self.api, self.session
        if not isinstance(cell, api.SourceCell):
            grades = session.query(api.Grade).filter_by(cell_id=cell.id).all()
            comments = session.query(api.Comment).filter_by(cell_id=cell.id).all()
            marked = [g for g in grades if g.manual_score is not None or g.extra_credit] + [
                c for c in comments if c.manual_comment
            ]
            if marked:
                raise CourseError(
                    f"{unit} no longer has the cell {cell.name!r}, but a person marked or commented it in {len(marked)} submissions: "
                    "put the cell back, or remove these marks in formgrader first"
                )
            for row in grades + comments:
                session.delete(row)
            session.flush()
        session.delete(cell)
        session.flush()

    # ------------------------------------------------------------------------------------------------------ submissions

    def write(self, student: str, marks: dict, handed_in: str | None, reopened: bool) -> None:
        """Enter the marks of one submission.

        Parameters
        ----------
        marks : dict
            As from `marks`.
        handed_in : str, optional
            ISO 8601.
        reopened : bool
            Whether the notebook is another one than the person saw who marked by hand: then these marks are to be looked at again.
        """
        self.attempt(lambda: self._write(student, marks, handed_in, reopened))

    def _write(self, student, marks, handed_in, reopened):
        api, session = self.api, self.session
        if session.get(api.Student, student) is None:
            self._add(api.Student(id=student))
        submission = self._one(api.SubmittedAssignment, assignment_id=self.assignment, student_id=student)
        if submission is None:
            submission = self._add(api.SubmittedAssignment(assignment_id=self.assignment, student_id=student))
        if handed_in:
            submission.timestamp = datetime.fromisoformat(handed_in).astimezone(UTC).replace(tzinfo=None)
        notebook = self._one(api.SubmittedNotebook, assignment_id=submission.id, notebook_id=self.notebook)
        if notebook is None:
            notebook = self._add(api.SubmittedNotebook(assignment_id=submission.id, notebook_id=self.notebook))
        self._complete(notebook.id)
        for grade in session.query(api.Grade).filter_by(notebook_id=notebook.id).all():
            score = marks["scores"][self.cells[grade.cell_id][1]]
            if grade.manual_score is None:
                grade.needs_manual_grade = score is None
            elif reopened or score != grade.auto_score:
                grade.needs_manual_grade = True
            grade.auto_score = score
        for comment in session.query(api.Comment).filter_by(notebook_id=notebook.id).all():
            untouched = self.cells[comment.cell_id][1] in marks["untouched"]
            comment.auto_comment = "No response." if untouched else None

    def _complete(self, notebook: str) -> None:
        """Add the rows that a submitted notebook lacks: a grade and a comment for every cell that can have one."""
        api, session = self.api, self.session
        for row, kinds in ((api.Grade, (api.GradeCell, api.TaskCell)), (api.Comment, (api.SolutionCell, api.TaskCell))):
            there = {cell for (cell,) in session.query(row.cell_id).filter_by(notebook_id=notebook).all()}
            for id, (kind, _) in self.cells.items():
                if kind in kinds and id not in there:
                    session.add(row(cell_id=id, notebook_id=notebook))
        session.flush()

    def auto_scores(self) -> dict[str, dict[str, float | None]]:
        """What the gradebook holds as automatic scores of the prepared assignment: student -> cell -> score."""
        api = self.api
        rows = (
            self.session.query(api.SubmittedAssignment.student_id, api.Grade.cell_id, api.Grade.auto_score)
            .join(api.SubmittedNotebook, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id)
            .join(api.Grade, api.Grade.notebook_id == api.SubmittedNotebook.id)
            .filter(api.SubmittedNotebook.notebook_id == self.notebook)
        )
        scores: dict[str, dict[str, float | None]] = {}
        for student, cell, score in rows.all():
            scores.setdefault(student, {})[self.cells[cell][1]] = score
        self.session.commit()
        return scores

    def entries(self, unit: str) -> dict[str, "Entry"]:
        """Everything the gradebook holds of a unit: student -> entry, sorted."""
        return self.attempt(lambda: self._entries(unit))

    def _entries(self, unit):
        api = self.api
        rows = (
            self.session.query(api.SubmittedAssignment, api.SubmittedNotebook)
            .join(api.Assignment, api.SubmittedAssignment.assignment_id == api.Assignment.id)
            .join(api.SubmittedNotebook, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id)
            .filter(api.Assignment.name == unit)
        )
        cells = {cell.id: cell for cell in self.session.query(api.BaseCell).all()}
        found = {}
        for submission, notebook in rows.order_by(api.SubmittedAssignment.student_id).all():
            grades = self.session.query(api.Grade).filter_by(notebook_id=notebook.id).all()
            comments = self.session.query(api.Comment).filter_by(notebook_id=notebook.id).all()
            found[submission.student_id] = Entry(
                scores={
                    cells[g.cell_id].name: None if g.needs_manual_grade and g.manual_score is None else g.score for g in grades
                },
                of={cells[g.cell_id].name: cells[g.cell_id].max_score for g in grades},
                by_hand={cells[g.cell_id].name for g in grades if g.manual_score is not None or g.extra_credit},
                comments={cells[c.cell_id].name: c.manual_comment for c in comments if c.manual_comment},
                penalty=notebook.late_submission_penalty or 0.0,
                handed_in=submission.timestamp,
            )
        return found

    # -------------------------------------------------------------------------------------------------------- internals

    def _one(self, table, **values):
        return self.session.query(table).filter_by(**values).one_or_none()

    def _all(self, table, notebook) -> list:
        return self.session.query(table).filter_by(notebook_id=notebook.id).all()

    def _add(self, row):
        self.session.add(row)
        self.session.flush()
        return row


def marks(bundle: Bundle, result: Result) -> dict:
    """What the gradebook is to hold of a result.

    Returns
    -------
    {"scores": {cell: points, or None where a person marks}, "untouched": [solution cells as they were released]}

    As nbgrader has it, a written answer that is untouched earns 0; so does one that is empty. A submission that could not be read has 0
    everywhere. One that the grader failed at has no automatic score at all, so that formgrader shows it as waiting.
    """
    if result.status == "failed":
        names = [f"test_{task.name}" for task in bundle.tasks] + [name for name, _ in bundle.written]
        return {"scores": dict.fromkeys(names), "untouched": []}
    scores = {f"test_{verdict.task}": verdict.points for verdict in result.verdicts}
    if result.notebook is None:
        return {"scores": scores | {name: 0.0 for name, _ in bundle.written}, "untouched": []}
    released, submitted = _sources(bundle.master), _sources(result.notebook)
    untouched = [name for name, (source, solution) in released.items() if solution and submitted[name][0] == source]
    for name, _ in bundle.written:
        answered = name not in untouched and submitted[name][0].strip()
        scores[name] = None if answered else 0.0
    return {"scores": scores, "untouched": untouched}


def _sources(notebook: str) -> dict[str, tuple[str, bool]]:
    """The text of each labelled cell, and whether it is the student's to write."""
    labelled = [(cell["metadata"].get("nbgrader") or {}, cell) for cell in json.loads(notebook)["cells"]]
    return {
        label["grade_id"]: ("".join(cell["source"]), bool(label.get("solution")))
        for label, cell in labelled
        if "grade_id" in label
    }


def _open(db_url: str, course: str):
    """Open nbgrader's gradebook. A new SQLite file appears complete or not at all: a half-made one is hard to mend."""
    from nbgrader.api import Gradebook

    path = Path(db_url.removeprefix("sqlite:///"))
    if db_url.startswith("sqlite:///") and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.new")
        new.unlink(missing_ok=True)
        Gradebook(f"sqlite:///{new}", course).close()
        new.replace(path)
    return Gradebook(db_url, course)
