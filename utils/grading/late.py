"""Deadlines, extensions and what handing in late costs, from one CSV file in the course's folder.

    deadlines.csv
    unit,student,due,grace_minutes,percent_per_day,percent_at_most
    03_convolution_arithmetic,,2026-10-12T23:59+03:00,15,10,50
    03_convolution_arithmetic,amani,2026-10-14T23:59+03:00,,,

- A line without a student holds for all: when the unit is due, and what lateness costs. A line with a student gives that one a later time.
- `due` is a date and time with its offset from UTC. Up to `grace_minutes` late costs nothing; after that, each day begun since the due
  time costs `percent_per_day` of the points earned, `percent_at_most` in all. What is left empty is 0, and for the last one 100.

The times and penalties stand in nbgrader's own fields, so formgrader, feedback and export know them. Percentages are of what the gradebook
holds when they are applied: after marking by hand, `dl4cv grade` or `dl4cv export` brings the penalties up to date.
"""

import csv
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from utils.authoring.course import CourseError
from utils.grading.gradebook import Gradebook

COLUMNS = ("unit", "student", "due", "grace_minutes", "percent_per_day", "percent_at_most")


@dataclass(frozen=True)
class Rule:
    """When a unit is due, and what lateness costs."""

    due: datetime
    grace_minutes: float = 0.0
    percent_per_day: float = 0.0
    percent_at_most: float = 100.0
    extensions: dict[str, datetime] = field(default_factory=dict)  # by student

    def penalty(self, student: str, handed_in: datetime, points: float) -> float:
        """What is taken off `points`."""
        late = handed_in - self.extensions.get(student, self.due)
        if late <= timedelta(minutes=self.grace_minutes):
            return 0.0
        days = math.ceil(late / timedelta(days=1))
        return points * min(days * self.percent_per_day, self.percent_at_most) / 100


def rules(path: Path) -> dict[str, Rule]:
    """Read deadlines.csv: unit -> rule; nothing if there is no such file.

    Raises
    ------
    CourseError
        With every line that is wrong.
    """
    if not path.is_file():
        return {}
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"{path} cannot be read: {error}. Save it as CSV in UTF-8") from None
    if not rows or tuple(cell.strip() for cell in rows[0]) != COLUMNS:
        raise CourseError(
            f"{path}, line 1: the columns must be {','.join(COLUMNS)}, not {','.join(rows[0]) if rows else 'nothing'}"
        )
    found, extensions, problems = {}, [], []
    for number, cells in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            unit, student, due, numbers = _line([cell.strip() for cell in cells])
            if student:
                if numbers:
                    raise ValueError("an extension has a time only: leave grace_minutes and the percentages empty")
                if (unit, student) in {(other, name) for _, other, name, _ in extensions}:
                    raise ValueError(f"{student} has an extension of {unit} already")
                extensions.append((number, unit, student, due))
            elif unit in found:
                raise ValueError(f"{unit} has a deadline already")
            else:
                found[unit] = Rule(due, **numbers)
        except ValueError as problem:
            problems.append(f"line {number}: {problem}")
    for number, unit, student, due in extensions:
        if unit not in found:
            problems.append(f"line {number}: an extension for {student}, but no line gives {unit} a deadline for all")
        elif due < found[unit].due:
            problems.append(f"line {number}: the extension for {student} ends before {unit} is due")
        else:
            found[unit].extensions[student] = due
    if problems:
        raise CourseError(f"{path} has {len(problems)} wrong lines:\n" + "\n".join(problems))
    return found


def _line(cells: list[str]) -> tuple[str, str, datetime, dict[str, float]]:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{len(cells)} columns instead of {len(COLUMNS)}")
    unit, student, due, *numbers = cells
    if not unit:
        raise ValueError("no unit")
    try:
        time = datetime.fromisoformat(due)
    except ValueError:
        raise ValueError(f"{due!r} is no time: write it as 2026-10-12T23:59+03:00") from None
    if time.tzinfo is None:
        raise ValueError(f"{due!r} has no offset from UTC: write it as {due}+00:00, or with another offset")
    values = {}
    for name, text in zip(COLUMNS[3:], numbers, strict=True):
        if text:
            most = math.inf if name == "grace_minutes" else 100
            value = _number(text)
            if not 0 <= value <= most:
                raise ValueError(f"{name} is {text!r}: it must be a number" + (" from 0 to 100" if most == 100 else " from 0"))
            values[name] = value
    return unit, student, time.astimezone(UTC), values


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def apply(gradebook: Gradebook, unit: str, rule: Rule) -> dict[str, float]:
    """Enter due times, extensions and penalties of a unit; returns what each late student loses."""
    penalties = {}

    def work():
        penalties.clear()
        api, session = gradebook.api, gradebook.session
        assignment = session.query(api.Assignment).filter_by(name=unit).one_or_none()
        if assignment is None:
            return
        assignment.duedate = rule.due.replace(tzinfo=None)
        for submission in session.query(api.SubmittedAssignment).filter_by(assignment_id=assignment.id).all():
            student = submission.student_id
            extension = rule.extensions.get(student)
            submission.extension = extension - rule.due if extension else None
            for notebook in submission.notebooks:
                handed_in = submission.timestamp.replace(tzinfo=UTC) if submission.timestamp else rule.due
                penalty = rule.penalty(student, handed_in, notebook.score)
                notebook.late_submission_penalty = penalty or None
                if penalty:
                    penalties[student] = penalty

    gradebook.attempt(work)
    return penalties
