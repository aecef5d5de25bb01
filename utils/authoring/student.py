"""`dl4cv student DIR`: a git repository for students, with lectures, exercises, data and utils, and without what they must not see.

What it guarantees:
- Only what git tracks in the course can get into the copy, and of that only what is named here. A check goes through every text of the
  copy for lines of solutions and hidden tests; if it finds one, nothing is written.
- An update is one commit, made beside the copy and then put there by git, which refuses before it touches anything if that would lose
  somebody's change. Files that others put into the copy stay as they are.
- The same course gives the same files: when nothing has changed, there is no new commit.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from utils.authoring import course, generated, pairing, readme
from utils.authoring.course import CourseError, Settings
from utils.authoring.review import student_copy

KEPT = (
    "data",
    "utils",
    "LICENSE",
    "LICENSE-CONTENT",
    "constraints.txt",
    "environment.yml",
    "nbgrader_config.py",
    ".gitignore",
    ".jupyter",
)
LEFT_OUT = ("utils/authoring", "utils/grading", "utils/cli.py")
MANIFEST = ".student-copy"  # git's hash and the path of each file that the last update wrote
CHAPTERS = ("Start", "Units", "Students", "Licence")
TARGETS = ("VENV :=", "lab:", "$(VENV)/.%:", "$(BIN)/python:")


def write(root: Path, folder: Path) -> bool:
    """Write the copy, or bring it up to date. False if nothing has changed since the last time.

    Raises
    ------
    CourseError
        If the copy would show what students must not see, if `folder` holds something else, or if a change made there would be lost.
    """
    files = contents(root)
    if problems := student_copy.problems(sources(root), files):
        raise CourseError("\n".join(["the student copy was not written:", *problems]))
    version = _git(root, "describe", "--always", "--dirty", "--exclude=*").strip()
    return _update(folder.absolute(), files, f"Course at {version}", course.settings(root).student_branch)


def contents(root: Path) -> dict[Path, bytes]:
    """All files of the copy, by path."""
    here, tracked = (
        course.students(course.settings(root)),
        [Path(name) for name in _git(root, "ls-files", "-z").split("\0") if name],
    )
    files = {path: _read(root, path) for path in tracked if _within(path, KEPT) and not _within(path, LEFT_OUT)}
    rows = []
    for unit in course.units(root):
        lecture = assignment = None
        if unit.has_lecture:
            lecture = generated.lecture(_notebook(root, unit.lecture), unit, here)
            files[unit.lecture] = pairing.to_json(lecture).encode()
            files[unit.lecture.with_suffix(".py")] = pairing.to_text(lecture, root).encode()
        if unit.has_assignment:
            files |= {path: _read(root, path) for path in tracked if _within(path, [unit.exercise.parent.as_posix()])}
            assignment = generated.assignment(_notebook(root, unit.exercise), unit, here)
            files[unit.exercise] = pairing.to_json(assignment).encode()
        rows.append(readme.row(unit, lecture, assignment, here))
    files[Path("README.md")] = _readme(_read(root, Path("README.md")).decode(), rows, here).encode()
    files[Path("Makefile")] = _makefile(_read(root, Path("Makefile")).decode()).encode()
    files[Path("pyproject.toml")] = _pyproject(_read(root, Path("pyproject.toml")).decode(), here).encode()
    return dict(sorted(files.items()))


def sources(root: Path) -> list[NotebookNode]:
    """The assignments with all that students must not see."""
    units = [unit for unit in course.units(root) if unit.has_assignment]
    return [pairing.from_text(_read(root, unit.solution.with_suffix(".py")).decode()) for unit in units]


def _within(path: Path, places) -> bool:
    return any(path.is_relative_to(place) for place in places)


def _read(root: Path, path: Path) -> bytes:
    try:
        return (root / path).read_bytes()
    except OSError as error:
        raise CourseError(f"{path.as_posix()} cannot be read ({error.strerror}): is it built? Run `dl4cv build`") from None


def _notebook(root: Path, path: Path):
    return nbformat.reads(_read(root, path).decode(), as_version=4)


def _readme(text: str, rows: list[list[str]], here: Settings) -> str:
    """The introduction and the chapters that are for students."""
    first, *chapters = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    kept = [chapter for chapter in chapters if chapter.splitlines()[0].removeprefix("## ") in CHAPTERS]
    if len(kept) != len(CHAPTERS):
        raise CourseError(f"README.md: the student copy takes its chapters {', '.join(CHAPTERS)} from it, and not all are there")
    filled = readme.fill(first + "".join(kept), rows, here)
    return filled.replace("git clone ", f"git clone --branch {here.branch} ")


def _makefile(text: str) -> str:
    """The rules that `make lab` needs."""
    rules = [rule for rule in text.strip().split("\n\n") if any(line.startswith(TARGETS) for line in rule.splitlines())]
    if len(rules) != len(TARGETS):
        raise CourseError(f"Makefile: the student copy takes the parts with {', '.join(TARGETS)} from it, and not all are there")
    return "\n\n".join(rules) + "\n"


def _pyproject(text: str, here: Settings) -> str:
    """The package as students install it: what notebooks need, and a place to work."""
    course = tomllib.loads(text)
    kept = ("name", "version", "description", "readme", "license", "license-files", "requires-python", "dependencies")
    tables = {
        "build-system": course["build-system"],
        "project": {key: course["project"][key] for key in kept},
        "project.optional-dependencies": {"lab": course["project"]["optional-dependencies"]["lab"]},
        "tool.dl4cv": {"repository": here.repository, "branch": here.branch},
    }
    wheel = course["tool"]["hatch"]["build"]["targets"]["wheel"]
    tables["tool.hatch.build.targets.wheel"] = {"packages": wheel["packages"]}
    tables["tool.hatch.build.targets.wheel.force-include"] = wheel["force-include"]
    # A JSON string or list of strings is the same in TOML.
    lines = [
        f"[{name}]\n" + "".join(f"{_key(key)} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in table.items())
        for name, table in tables.items()
    ]
    return "# Written by `dl4cv student`: change the course, not this file.\n\n" + "\n".join(lines)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


# ------------------------------------------------------------------------------------------------------------------ the repository


def _update(folder: Path, files: dict[Path, bytes], message: str, branch: str) -> bool:
    """Commit the files to the repository in `folder`, which is made if there is nothing."""
    there, made = folder.exists(), not (folder / ".git").exists()
    if there and (not folder.is_dir() or (made and any(folder.iterdir()))):
        raise CourseError(f"{folder} holds something that is not a student copy: name another folder, or an empty one")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if made:
            _git(folder, "init", "--quiet", f"--initial-branch={branch}")
        with tempfile.TemporaryDirectory() as staging:
            commit = _commit(folder, files, message, Path(staging))
        if commit:
            _git(folder, "merge", "--quiet", "--ff-only", commit)
        return commit is not None
    except BaseException:
        if made:
            shutil.rmtree(folder / ".git" if there else folder, ignore_errors=True)
        raise


def _commit(folder: Path, files: dict[Path, bytes], message: str, staging: Path) -> str | None:
    """A commit on top of what is there, made in an index of its own: no file in `folder` is touched. None if nothing is new."""
    before = _entries(_git(folder, "ls-tree", "-r", "-z", "HEAD")) if _has_commits(folder) else {}
    written = _manifest(folder, before)
    changed = sorted(path for path, blob in written.items() if before.get(path) != blob)
    foreign = sorted(path for path in before.keys() - written.keys() - {MANIFEST} if Path(path) in files)
    if changed or foreign:
        raise CourseError(
            f"{folder}: changed there, and not in the course: {', '.join(changed + foreign)}. "
            "An update would undo that: make the change in the course, and take it back there (git revert, or git checkout of an older version)"
        )
    work, index = staging / "files", {"GIT_INDEX_FILE": str(staging / "index"), "GIT_WORK_TREE": str(staging / "files")}
    for path, content in files.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_bytes(content)

    def staged(*arguments, input=""):
        return _git(folder, f"--git-dir={folder / '.git'}", *arguments, input=input, environment=index, place=work)

    if before:
        staged("read-tree", "HEAD")
        staged("update-index", "-z", "--force-remove", "--stdin", input="\0".join(written))
    staged("update-index", "-z", "--add", "--stdin", input="\0".join(path.as_posix() for path in files))
    blobs = {path: blob for path, blob in _entries(staged("ls-files", "--stage", "-z")).items() if Path(path) in files}
    (work / MANIFEST).write_text("".join(f"{blob} {path}\n" for path, blob in blobs.items()), encoding="utf-8")
    staged("update-index", "--add", MANIFEST)
    tree = staged("write-tree").strip()
    if before and tree == _git(folder, "rev-parse", "HEAD^{tree}").strip():
        return None
    return staged("commit-tree", tree, *(["-p", "HEAD"] if before else []), "-m", message).strip()


def _has_commits(folder: Path) -> bool:
    return bool(_git(folder, "rev-list", "--max-count=1", "--all").strip())


def _manifest(folder: Path, before: dict[str, str]) -> dict[str, str]:
    """What the last update wrote: git's hash by path."""
    if not before:
        return {}
    if MANIFEST not in before:
        raise CourseError(f"{folder} is a git repository, but no student copy ({MANIFEST} is not in it): name another folder")
    lines = _git(folder, "cat-file", "blob", before[MANIFEST]).splitlines()
    return {path: blob for blob, path in (line.split(" ", 1) for line in lines)}


def _entries(listing: str) -> dict[str, str]:
    """Hash by path, from `git ls-tree -z` (mode, type, hash) or `git ls-files --stage -z` (mode, hash, stage)."""
    entries = (entry.split("\t", 1) for entry in listing.split("\0") if entry)
    return {path: next(word for word in facts.split() if len(word) >= 40) for facts, path in entries}


def _git(folder: Path, *arguments: str, input: str = "", environment: dict | None = None, place: Path | None = None) -> str:
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_CONFIG"))
    }
    try:
        run = subprocess.run(
            ["git", *arguments],
            cwd=place or folder,
            env=own | (environment or {}),
            input=input,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
    except FileNotFoundError:
        raise CourseError("git is not installed: the student copy is a git repository") from None
    if run.returncode:
        raise CourseError(f"{folder}: git {arguments[0]} failed:\n{run.stderr.strip()}")
    return run.stdout
