"""All that grading a unit needs, made from its solution notebook once per change, and proven before any student is graded with it."""

import hashlib
import json
import os
import platform
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from utils.authoring.course import CourseError
from utils.grading.folders import Folders
from utils.grading.records import Bundle, Result, Submission, Task, bundle_from, to_dict

Grade = Callable[[Bundle, Submission], Result]


def load(folders: Folders, unit: str, grade: Grade) -> Bundle:
    """The unit's bundle: from the cache if nothing has changed since it was proven, otherwise made and proven with `grade`.

    Raises
    ------
    CourseError
        If the unit has no solution notebook, a mark belongs to no task, or the proof fails.
    """
    notebooks = _notebooks(folders, unit)
    key = _key(notebooks)
    bundle = _cached(folders, unit)
    if bundle and bundle.key == key:
        return bundle
    bundle = make(unit, key, notebooks)
    prove(bundle, grade)
    cached = folders.cache / f"{unit}.json"
    cached.parent.mkdir(parents=True, exist_ok=True)
    new = cached.with_suffix(f".{os.getpid()}.new")
    new.write_text(json.dumps(to_dict(bundle)), encoding="utf-8")
    new.replace(cached)
    return bundle


def release(folders: Folders, unit: str) -> str:
    """The notebook that students get, as JSON, made from the unit's solution notebook."""
    return _notebooks(folders, unit)["release"]


def last(folders: Folders, unit: str) -> Bundle:
    """The bundle that the unit was graded with last.

    Raises
    ------
    CourseError
        If there is none.
    """
    bundle = _cached(folders, unit)
    if bundle is None:
        raise CourseError(f"{unit} has not been graded here: run `dl4cv grade {unit}` first")
    return bundle


def make(unit: str, key: str, notebooks: dict[str, str]) -> Bundle:
    """Read tasks, points and what each test uses of the student's from the source notebook. Nothing is run: that is for `prove`.

    Raises
    ------
    CourseError
        If a mark belongs to no task.
    """
    import nbformat

    from utils.authoring import bank
    from utils.authoring.review.cells import graded, is_test, is_written
    from utils.authoring.review.test_cells import bound_names, free_names, seconds

    notebook = nbformat.reads(notebooks["source"], as_version=4)
    solutions = [cell.source for cell in notebook.cells if graded(cell).get("solution") and cell.cell_type == "code"]
    bound = set().union(*map(bound_names, solutions))
    tests = {graded(cell).grade_id.removeprefix("test_"): cell for cell in notebook.cells if is_test(cell)}
    if list(tests) != bank.tasks(notebook):
        raise CourseError(
            f"{unit}: its test cells are {list(tests)}, its tasks {bank.tasks(notebook)}: run `dl4cv build --check`"
        )
    tasks = [
        Task(
            name,
            float(cell.metadata.nbgrader.points),
            cell.source,
            tuple(sorted(free_names(cell.source) & bound)),
            seconds(cell.source),
        )
        for name, cell in tests.items()
    ]
    written = [(graded(c).grade_id, float(graded(c).points)) for c in notebook.cells if is_written(c)]
    return Bundle(unit, key, notebooks["source"], notebooks["master"], notebooks["release"], tuple(tasks), tuple(written))


def prove(bundle: Bundle, grade: Grade) -> None:
    """Grade the reference and the untouched release: the one must earn everything, the other nothing.

    Raises
    ------
    CourseError
        Otherwise, with what the report says of the tasks concerned.
    """
    for what, notebook, expected in (("reference", bundle.source, True), ("untouched release", bundle.release, False)):
        result = grade(bundle, Submission(what, notebook.encode()))
        wrong = [v for v in result.verdicts if v.points != (v.of if expected else 0)]
        problems = [f"{v.task} earns {v.points:g} of {v.of:g} ({v.status})\n{v.report}" for v in wrong]
        problems += result.findings if result.status != "graded" or result.findings else ()
        if problems:
            should = "everything" if expected else "nothing"
            raise CourseError(
                f"{bundle.unit} cannot be graded: its {what} must earn {should}, with nothing to mend in the notebook, but\n"
                + "\n".join(problems)
                + "\nMend the solution notebook or its tests, run `dl4cv build`, and try again."
            )


# ----------------------------------------------------------------------------------------------------------- internals


def _cached(folders: Folders, unit: str) -> Bundle | None:
    try:
        return bundle_from(json.loads((folders.cache / f"{unit}.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        return None  # never made, or by another version of the course


def _notebooks(folders: Folders, unit: str) -> dict[str, str]:
    """Source, master and release as JSON, made by nbgrader's own steps, in the order of its generate_assignment."""
    import nbformat
    from nbgrader import preprocessors as steps

    path = folders.solution(unit)
    if not path.is_file():
        there = sorted(p.parent.name for p in path.parents[1].glob("*/*.ipynb") if p.stem == p.parent.name)
        raise CourseError(f"{path} is not there: choose one of {', '.join(there) or 'no units'}, or run `dl4cv build` first")
    notebook = nbformat.read(path, as_version=4)
    found = {"source": nbformat.writes(notebook)}
    for what, names in {
        "master": ("LockCells", "ClearSolutions", "ClearOutput", "ComputeChecksums"),
        "release": ("ClearHiddenTests", "ClearMarkScheme", "ComputeChecksums"),
    }.items():
        for name in names:
            notebook, _ = getattr(steps, name)(config=folders.config).preprocess(notebook, {})
        found[what] = nbformat.writes(notebook)
    return found


def _key(notebooks: dict[str, str]) -> str:
    """SHA-256 of the notebooks, of the course's modules that they import, and of the versions that decide what code gives."""
    import nbformat

    import utils
    from utils.authoring.keys import imported_files

    course = Path(utils.__file__).resolve().parents[1]
    files = imported_files(nbformat.reads(notebooks["source"], as_version=4), course)
    versions = [platform.python_version(), metadata.version("torch"), metadata.version("numpy")]
    digest = hashlib.sha256()
    for part in [*(text.encode() for text in notebooks.values()), *(f.read_bytes() for f in files), *map(str.encode, versions)]:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()
