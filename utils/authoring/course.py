"""The course on disk: where its folder is, its settings, and which units it has.

A unit NN_name has a lecture (lectures/NN_name.py), an assignment (solutions/NN_name/NN_name.py), or both.
"""

import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

UNIT_NAME = re.compile(r"\d\d_[a-z0-9_]+")


class CourseError(Exception):
    """Something in the course that its author has to put right. The message says where and what to do."""


@dataclass(frozen=True)
class Settings:
    """[tool.dl4cv] of pyproject.toml: the address that all links are made from, and the branch for `dl4cv student`."""

    repository: str
    branch: str
    student_branch: str = "student"


@dataclass(frozen=True)
class Unit:
    """One unit of the course. Paths are relative to the course's folder."""

    name: str
    has_lecture: bool
    has_assignment: bool

    @property
    def lecture(self) -> Path:
        return Path("lectures", f"{self.name}.ipynb")

    @property
    def solution(self) -> Path:
        return Path("solutions", self.name, f"{self.name}.ipynb")

    @property
    def exercise(self) -> Path:
        return Path("exercises", self.name, f"{self.name}.ipynb")


def root(start: Path | None = None) -> Path:
    """The course's folder: `start` (default: the current folder) or the nearest one above whose pyproject.toml has [tool.dl4cv]."""
    start = Path(start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "pyproject.toml").is_file() and "dl4cv" in _pyproject(folder).get("tool", {}):
            return folder
    raise CourseError(
        f"{start} is not inside the course: no pyproject.toml with a [tool.dl4cv] section here or above. "
        "Change to the course's folder and try again"
    )


def settings(root: Path) -> Settings:
    """Read [tool.dl4cv]."""
    found = _pyproject(root).get("tool", {}).get("dl4cv", {})
    missing = [key for key in ("repository", "branch") if not isinstance(found.get(key), str) or not found[key]]
    if missing:
        raise CourseError(f"pyproject.toml: [tool.dl4cv] has no {' and no '.join(missing)}: add it, as a text in quotes")
    repository = found["repository"].rstrip("/").removesuffix(".git")
    if not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", repository):
        raise CourseError(
            f"pyproject.toml: repository = {found['repository']!r} in [tool.dl4cv] is not of the form "
            "https://github.com/OWNER/NAME, which the links to Colab and Binder are made from"
        )
    return Settings(repository, found["branch"], found.get("student_branch", Settings.student_branch))


def students(settings: Settings) -> Settings:
    """The address of the student copy: the same repository, on its branch for students."""
    return replace(settings, branch=settings.student_branch)


def units(root: Path, only: list[str] | None = None) -> list[Unit]:
    """The course's units in order, or those named in `only`."""
    lectures = {path.stem for path in (root / "lectures").glob("*.py")}
    assignments = {path.stem for path in (root / "solutions").glob("*/*.py") if path.stem == path.parent.name}
    misnamed = sorted(name for name in lectures | assignments if not UNIT_NAME.fullmatch(name))
    if misnamed:
        raise CourseError(
            f"a unit is named NN_name, in small letters, such as 03_convolution_arithmetic: rename {', '.join(misnamed)}"
        )
    found = {name: Unit(name, name in lectures, name in assignments) for name in sorted(lectures | assignments)}
    unknown = [name for name in only or [] if name not in found]
    if unknown:
        raise CourseError(f"no unit named {', '.join(unknown)}; there is: {', '.join(found) or 'none yet'}")
    return [found[name] for name in (sorted(set(only)) if only else found)]


def _pyproject(folder: Path) -> dict:
    try:
        return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{folder / 'pyproject.toml'} cannot be read: {error}") from None
