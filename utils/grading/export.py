"""Marks as CSV: for a spreadsheet, for Canvas's gradebook, for Moodle's grading worksheet.

Who a student is on the platform comes from the file that `dl4cv collect` leaves beside a submission.
"""

import csv
import io
import json

from utils.authoring.course import CourseError
from utils.grading.collect import platform_file
from utils.grading.folders import Folders
from utils.grading.gradebook import Entry, Gradebook

FORMATS = ("csv", "canvas", "moodle")


def export(folders: Folders, unit: str, format: str = "csv") -> tuple[str, int]:
    """The marks of a unit, and how many submissions have an answer that is still to be marked by hand (it counts as 0 until then).

    Raises
    ------
    CourseError
        If the format is unknown, nothing was graded, or a student's number on the platform is not known.
    """
    if format not in FORMATS:
        raise CourseError(f"there is no format {format!r}: choose one of {', '.join(FORMATS)}")
    with Gradebook(folders) as gradebook:
        entries = gradebook.entries(unit)
    if not entries:
        raise CourseError(f"the gradebook holds no submission of {unit}: run `dl4cv grade {unit}` first")
    rows = {"csv": _csv, "canvas": _canvas, "moodle": _moodle}[format](folders, unit, entries)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[_safe(cell) for cell in row] for row in rows])
    return text.getvalue(), sum(None in entry.scores.values() for entry in entries.values())


def _csv(folders, unit, entries: dict[str, Entry]):
    cells = list(dict.fromkeys(name for entry in entries.values() for name in entry.of))
    yield ["unit", "student", *cells, "late_penalty", "total", "of", "to_be_marked", "handed_in"]
    for student, entry in entries.items():
        scores = [_number(entry.scores.get(name)) for name in cells]
        waiting = sum(score is None for score in entry.scores.values())
        handed_in = entry.handed_in.isoformat() + "Z" if entry.handed_in else ""
        yield [unit, student, *scores, _number(entry.penalty), _number(entry.total), _number(_of(entry)), waiting, handed_in]


def _canvas(folders, unit, entries):
    """As Canvas's gradebook takes it: Student and ID, one column for the assignment, and its points in the second line."""
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", unit]
    yield ["Points Possible", "", "", "", "", _number(max(map(_of, entries.values())))]
    for person, entry in _people(folders, unit, entries, "canvas"):
        yield [person["name"], person["id"], "", "", "", _number(entry.total)]


def _moodle(folders, unit, entries):
    """As Moodle's assignment takes it ("upload grading worksheet")."""
    yield ["Identifier", "Full name", "Grade", "Maximum Grade", "Feedback comments"]
    for person, entry in _people(folders, unit, entries, "moodle"):
        said = "; ".join(f"{name}: {text}" for name, text in entry.comments.items())
        yield [f"Participant {person['id']}", person["name"], _number(entry.total), _number(_of(entry)), said]


def _people(folders, unit, entries, platform):
    people, unknown = [], []
    for student, entry in entries.items():
        try:
            person = json.loads(platform_file(folders.submitted(student, unit)).read_text(encoding="utf-8"))
            if person["platform"] != platform:
                raise KeyError
            people.append(({"name": str(person["name"]), "id": str(person["id"])}, entry))
        except (OSError, ValueError, KeyError, TypeError):
            unknown.append(student)
    if unknown:
        raise CourseError(
            f"it is not known who these are on {platform.title()}: {', '.join(unknown[:10])}{' …' if len(unknown) > 10 else ''}. "
            f"`dl4cv collect` keeps that with a submission; without it, use --format csv"
        )
    return people


def _of(entry: Entry) -> float:
    return sum(entry.of.values())


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _safe(cell) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(cell)
    return (
        f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not text.lstrip("-").replace(".", "").isdigit() else text
    )
