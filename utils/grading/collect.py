"""Submissions: read from nbgrader's folders with suspicion, and put there from the zip file of a learning platform.

    submitted/<student>/<unit>/<unit>.ipynb     what is graded
    submitted/<student>/<unit>/timestamp.txt    when it was handed in, as nbgrader writes it
    submitted/<student>/<unit>/earlier/         what the same student handed in before
    submitted/<student>/.<unit>.platform.json   who this is on the platform, for `dl4cv export`; outside of what a student hands in

A submission is data that nobody has looked at. Links are not followed, large files not read, and names from a zip file are only looked
at: no path is ever made from them.
"""

import contextlib
import hashlib
import json
import os
import re
import stat
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from utils.authoring.course import CourseError
from utils.grading.folders import Folders
from utils.grading.records import Submission
from utils.grading.repair import MOST_BYTES, too_large

# -------------------------------------------------------------------------------------------------------------- reading


def students(folders: Folders, unit: str, only: list[str] | None = None) -> list[str]:
    """Who handed in this unit, sorted.

    Raises
    ------
    CourseError
        If one of `only` handed nothing in.
    """
    root = folders.submitted("x", unit).parents[1]
    found = sorted(path.name for path in root.iterdir() if os.path.lexists(path / unit)) if root.is_dir() else []
    found = [name for name in found if not name.startswith(".")]
    missing = sorted(set(only or ()) - set(found))
    if missing:
        raise CourseError(f"no submission of {unit} by {', '.join(missing)}: there is none in {root}/<student>/{unit}")
    return [name for name in found if not only or name in only]


def read(folders: Folders, student: str, unit: str) -> Submission:
    """One submission. Whatever cannot be read is an empty notebook with a finding; never raises for what a student did."""
    place = folders.submitted(student, unit)
    try:
        with _Folder(place) as folder:
            handed_in, findings = _timestamp(folder)
            name, more = _notebook(folder, unit)
            data = folder.read(name, MOST_BYTES)
            return Submission(student, data, handed_in, (*findings, *more))
    except _Refused as reason:
        return Submission(student, b"", None, (str(reason),))
    except OSError as error:
        return Submission(student, b"", None, (f"the submission cannot be read: {error.strerror or error}",))


def beside(folders: Folders, student: str, unit: str, names: tuple[str, ...]) -> dict[str, bytes]:
    """The small files of these names that were handed in with a notebook; one that is too large, or a link, is none."""
    found = {}
    with contextlib.suppress(OSError, _Refused), _Folder(folders.submitted(student, unit)) as folder:
        for name in names:
            with contextlib.suppress(OSError, _Refused):
                found[name] = folder.read(name, 1_000)
    return found


class _Refused(Exception):
    """What was handed in is not read. The message says why."""


class _Folder:
    """A folder opened once, so that nothing that is put in its place later is read, with no link on the way from submitted/ to it."""

    def __init__(self, path: Path):
        for part in (path.parent, path):
            if part.is_symlink():
                raise _Refused(f"{part.name} is a link to another place, and was not followed")
        self.fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        os.close(self.fd)

    def names(self) -> list[str]:
        return sorted(os.listdir(self.fd))

    def read(self, name: str, most: int) -> bytes:
        try:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self.fd)
        except FileNotFoundError:
            raise
        except OSError:
            raise _Refused(f"{name} is a link to another place, and was not followed") from None
        try:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise _Refused(f"{name} is no file")
            if found.st_size > most:
                raise _Refused(too_large(found.st_size))
            with open(file, "rb", closefd=False) as opened:
                return opened.read(most)
        finally:
            os.close(file)


def _notebook(folder: _Folder, unit: str) -> tuple[str, list[str]]:
    """The name of the notebook in a folder: the unit's, or the only one that there is."""
    names = folder.names()
    if f"{unit}.ipynb" in names:
        return f"{unit}.ipynb", []
    notebooks = [name for name in names if name.lower().endswith(".ipynb")]
    if len(notebooks) == 1:
        return notebooks[0], [f"the notebook is called {notebooks[0]!r} instead of '{unit}.ipynb', and was graded all the same"]
    if notebooks:
        raise _Refused(f"none of the {len(notebooks)} notebooks is called '{unit}.ipynb': {', '.join(map(repr, notebooks[:5]))}")
    raise _Refused("no notebook was handed in" + (f", only {', '.join(map(repr, names[:5]))}" if names else ""))


def _timestamp(folder: _Folder) -> tuple[str | None, list[str]]:
    try:
        text = folder.read("timestamp.txt", 200).decode("utf-8", "replace").strip()
    except FileNotFoundError:
        return None, []
    return as_time(text), [] if not text or as_time(text) else [f"timestamp.txt holds no time: {text[:40]!r}"]


def as_time(text: str) -> str | None:
    """ISO 8601 in UTC of a time as nbgrader writes it; without a time zone, it is UTC."""
    from nbgrader.utils import parse_utc

    try:
        return parse_utc(text).replace(tzinfo=UTC).isoformat() if text else None
    except (ValueError, OverflowError, TypeError):
        return None


# ------------------------------------------------------------------------------------------------------------ collecting

CANVAS = re.compile(r"(?P<name>[^_/]+)_(?P<late>LATE_)?(?P<id>\d+)_(?P<attachment>\d+)_(?P<file>.+)", re.IGNORECASE)
MOODLE = re.compile(r"(?P<name>[^/]+?)_(?P<id>\d+)_assignsubmission_file_?/?(?P<file>.*)")
MOST_ENTRIES = 20_000


@dataclass(frozen=True)
class Found:
    """One notebook in a zip file. `order` sorts a student's notebooks by when they were handed in."""

    entry: str
    student: str
    platform: dict
    handed_in: datetime
    order: tuple


def collect(folders: Folders, unit: str, zip_file: Path, say: Callable[[str], None] = print) -> int:
    """Put the notebooks of a platform's zip file in submitted/; returns of how many students.

    Canvas (`doejane_12345_67890_notebook-1.ipynb`), Moodle (`Jane Doe_12345_assignsubmission_file_/notebook.ipynb`), and any zip file
    with one folder or one notebook a student (`jane/notebook.ipynb`, `jane.ipynb`). The latest notebook of a student counts, the others
    are kept in earlier/. The time of handing in is that of the entry in the zip file, in this machine's time zone.

    Raises
    ------
    CourseError
        If it is no zip file, or no entry is a notebook.
    """
    try:
        with zipfile.ZipFile(zip_file) as archive:
            found = _entries(archive, say)
            by_student = defaultdict(list)
            for notebook in found:
                by_student[notebook.student].append(notebook)
            if not by_student:
                raise CourseError(f"{zip_file} holds no notebook: choose the file that the platform gives for 'all submissions'")
            for student, notebooks in sorted(by_student.items()):
                _put(folders.submitted(student, unit), unit, archive, sorted(notebooks, key=lambda n: n.order), say)
            return len(by_student)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise CourseError(f"{zip_file} could not be read as a zip file: {error}") from None


def _entries(archive: zipfile.ZipFile, say) -> list[Found]:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise CourseError(f"the zip file has {len(entries):,} entries; at most {MOST_ENTRIES:,} are read")
    found = []
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        parts = PurePosixPath(name).parts
        kind = entry.external_attr >> 16
        if entry.is_dir() or not name.lower().endswith(".ipynb") or "__MACOSX" in parts or parts[-1].startswith("."):
            continue
        problem = (
            "its path leads out of the zip file" if ".." in parts or name.startswith("/") or ":" in parts[0]
            else "it is a link" if stat.S_ISLNK(kind)
            else "it is encrypted" if entry.flag_bits & 1
            else too_large(entry.file_size) if entry.file_size > MOST_BYTES
            else None
        )  # fmt: skip
        if problem:
            say(f"refused {_shown(entry.filename)}: {problem}")
            continue
        found.append(_who(entry, name))
    return _told_apart(found)


def _who(entry: zipfile.ZipInfo, name: str) -> Found:
    """Whose notebook this is, by the way that platforms name entries."""
    try:
        time = datetime(*entry.date_time).astimezone(UTC)
    except (ValueError, OverflowError):
        time = datetime(1980, 1, 1, tzinfo=UTC)
    *folder, file = name.split("/")
    attempt = int((re.search(r"-(\d{1,6})\.ipynb$", file, re.IGNORECASE) or [0, 0])[1])
    canvas, moodle = CANVAS.fullmatch(file), MOODLE.fullmatch(name)
    if moodle:
        platform = {"platform": "moodle", "id": moodle["id"], "name": PurePosixPath(moodle["name"]).name}
        student = slug(platform["name"])
    elif canvas:
        platform = {"platform": "canvas", "id": canvas["id"], "name": canvas["name"]}
        student = f"{slug(canvas['name'])}_{canvas['id']}"  # Canvas keeps a person's number from one assignment to the next
    else:
        own = folder[-1] if folder else PurePosixPath(file).stem
        platform, student = {"platform": None, "id": None, "name": own}, slug(own)
    return Found(entry.filename, student, platform, time, (time, attempt, name))


def _told_apart(found: list[Found]) -> list[Found]:
    """Moodle's numbers change with each assignment, so its students go by their names; two people of one name get their numbers too."""
    ids = defaultdict(set)
    for notebook in found:
        ids[notebook.student].add((notebook.platform["id"], notebook.platform["name"]))

    def own(notebook):
        student, platform = notebook.student, notebook.platform
        if len(ids[student]) > 1:
            mark = platform["id"] or hashlib.sha256(platform["name"].encode("utf-8", "replace")).hexdigest()[:6]
            student = f"{student}_{mark}"
        return Found(notebook.entry, student, platform, notebook.handed_in, notebook.order)

    return [own(notebook) for notebook in found]


def slug(name: str) -> str:
    """A folder's name made of a person's: letters, digits and hyphens, in any script."""
    plain = unicodedata.normalize("NFKC", name.encode("utf-8", "replace").decode())
    words = re.sub(r"[^\w]+|_", "-", plain).strip("-").lower()
    return words[:60].strip("-") or "student-" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]


def _put(place: Path, unit: str, archive, notebooks: list[Found], say) -> None:
    student, last = place.parent.name, notebooks[-1]
    if place.is_symlink() or place.parent.is_symlink():
        say(f"refused to write to {place}: it is a link to another place")
        return
    target, earlier = place / f"{unit}.ipynb", place / "earlier"
    data = _bounded(archive, last.entry)
    if data is None:
        say(f"refused {_shown(last.entry)}: it is larger than it says")
        return
    place.mkdir(parents=True, exist_ok=True)
    if target.exists() and target.read_bytes() != data:
        before = target.read_bytes()
        _keep(earlier, before)
        say(f"{student} had handed in before: the new one counts, the old one is in {earlier}")
    for notebook in notebooks[:-1]:
        _keep(earlier, _bounded(archive, notebook.entry) or b"")
        say(
            f"{student} handed in {len(notebooks)} notebooks: {_shown(last.entry)} counts, {_shown(notebook.entry)} is in {earlier}"
        )
    for name, text in (
        (f"{unit}.ipynb", data),
        ("timestamp.txt", f"{last.handed_in:%Y-%m-%d %H:%M:%S} UTC".encode()),
        (platform_file(place).name, json.dumps(last.platform, ensure_ascii=False).encode("utf-8", "replace")),
    ):
        new = place / f".{name}.new"
        new.write_bytes(text)
        new.replace(platform_file(place) if name == platform_file(place).name else place / name)


def platform_file(place: Path) -> Path:
    """Where it says who a student is on the platform, for a submission's folder."""
    return place.with_name(f".{place.name}.platform.json")


def _keep(earlier: Path, data: bytes) -> None:
    """Under a name that its content gives, so that collecting twice keeps it once."""
    earlier.mkdir(parents=True, exist_ok=True)
    (earlier / f"{hashlib.sha256(data).hexdigest()[:12]}.ipynb").write_bytes(data)


def _bounded(archive, entry: str) -> bytes | None:
    """The content of an entry; None if it is more than it says or than is read: nothing else is believed of a zip file."""
    with archive.open(entry) as file:
        data = file.read(MOST_BYTES + 1)
    return data if len(data) <= MOST_BYTES else None


def _shown(name: str) -> str:
    return repr(name if len(name) <= 80 else name[:79] + "…")
