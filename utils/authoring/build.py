"""`dl4cv build`: everything that is made from the sources, made; `--check`: compared with what is there.

What it guarantees:
- A second build with nothing changed writes nothing. `check` never writes.
- A file is replaced whole or not at all. A lecture that fails, or an assignment whose release would show a solution, keeps the file it had.
- All problems are reported, not only the first; one unit's problem does not stop the others.
"""

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from utils import files
from utils.authoring import course, execution, generated, keys, pairing, readme, release
from utils.authoring.course import CourseError, Settings, Unit
from utils.authoring.review import assignment as review_assignment
from utils.authoring.review import lecture as review_lecture
from utils.authoring.review import noise
from utils.authoring.review import release as review_release

NEVER_MADE = {".ipynb_checkpoints", "__pycache__", ".DS_Store", ".gitkeep"}


@dataclass
class Plan:
    """What the files should hold, by path from the course's folder, and what is wrong."""

    files: dict[Path, bytes] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    lectures: dict[Unit, NotebookNode] = field(default_factory=dict)
    assignments: dict[Unit, NotebookNode] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """Paths written, or found stale by a check; and problems."""

    changed: list[Path]
    problems: list[str]


def build(root: Path, only: list[str] | None = None, *, check: bool = False, force: bool = False) -> Outcome:
    """Build the course in `root`, or the units named in `only`.

    Parameters
    ----------
    check : bool
        Write nothing and run no lecture; report what a build would change.
    force : bool
        Run lectures again even if nothing that they depend on has changed.
    """
    settings, chosen, everything = course.settings(root), course.units(root, only), course.units(root)
    plan, changed = Plan(), []
    for unit in chosen:
        if unit.has_lecture:
            with _reported(plan, unit.lecture.with_suffix(".py")):
                _plan_lecture(plan, unit, root, settings, check, force)
        if unit.has_assignment:
            with _reported(plan, unit.solution.with_suffix(".py")):
                _plan_assignment(plan, unit, root, settings)
        changed += _settle(plan, root, check)  # now, so that an interrupt loses one lecture and not all
    _plan_releases(plan, root)
    with _reported(plan, Path("README.md")):
        _plan_readme(plan, everything, root, settings)
    changed += _settle(plan, root, check)
    return Outcome(changed, [*plan.problems, *_strays(root, everything)])


def _settle(plan: Plan, root: Path, check: bool) -> list[Path]:
    """Take the planned files that differ from what is there, and write them unless this is a check."""
    changed = [path for path, content in plan.files.items() if _content(root / path) != content]
    if not check:
        for path in changed:
            files.write(root / path, plan.files[path])
    plan.files.clear()
    return changed


@contextlib.contextmanager
def _reported(plan: Plan, path: Path):
    """Turn a CourseError inside the block into a problem of a file."""
    try:
        yield
    except CourseError as error:
        _report(plan, path, [str(error)])


def _plan_lecture(plan: Plan, unit: Unit, root: Path, settings: Settings, check: bool, force: bool) -> None:
    source = unit.lecture.with_suffix(".py")
    notebook = pairing.from_text((root / source).read_text(encoding="utf-8"))
    _report(plan, source, review_lecture.problems(notebook, unit))
    key, before = keys.key(notebook, root), _notebook(root / unit.lecture)
    current = not force and before is not None and _keep_outputs(notebook, before, key)
    if not current and check:
        raise CourseError(
            f"{unit.lecture.as_posix()} is older than the code that it runs (its cells, or modules of utils): run `dl4cv build`"
        )
    if not current:
        notebook.metadata.pop("dl4cv", None)
        ready = generated.lecture(notebook, unit, settings)  # the set-up cell runs too
        executed, seconds, memory = execution.execute(ready, root, unit.name)
        executed.metadata["dl4cv"] = {"key": key, "seconds": seconds, "memory_mb": memory}
        notebook = executed
    notebook = pairing.normalised(generated.lecture(notebook, unit, settings))
    plan.lectures[unit] = notebook
    _plan_pair(plan, unit.lecture, notebook, root)
    _report(plan, source, [*noise.problems(notebook), *review_lecture.output_problems(notebook)])


def _plan_assignment(plan: Plan, unit: Unit, root: Path, settings: Settings) -> None:
    source = unit.solution.with_suffix(".py")
    notebook = pairing.from_text((root / source).read_text(encoding="utf-8"))
    notebook = pairing.normalised(generated.assignment(notebook, unit, settings))
    plan.assignments[unit] = notebook
    _plan_pair(plan, unit.solution, notebook, root)
    _report(plan, source, [*noise.problems(notebook), *review_assignment.problems(notebook)])


def _plan_releases(plan: Plan, root: Path) -> None:
    """Plan a release for every assignment that has nothing wrong; one that shows a solution is not written."""
    try:
        released = release.releases(plan.assignments, root)
    except CourseError as error:
        plan.problems.append(str(error))
        return
    for unit, result in released.items():
        source = unit.solution.with_suffix(".py")
        if isinstance(result, CourseError):
            _report(plan, source, [str(result)])
            continue
        notebook, beside = result
        wrong = [*noise.problems(notebook), *review_release.problems(plan.assignments[unit], notebook)]
        _report(plan, unit.exercise, wrong)
        safe = not wrong and not review_assignment.problems(plan.assignments[unit])
        if safe:
            plan.files |= {unit.exercise: pairing.to_json(notebook).encode(), **beside}


def _plan_readme(plan: Plan, units: list[Unit], root: Path, settings: Settings) -> None:
    """The map shows all units, also those that are not built this time: they are read from their notebooks."""
    rows = []
    for unit in units:
        lecture = plan.lectures.get(unit) or _pair(root, unit.lecture, unit.has_lecture)
        assignment = plan.assignments.get(unit) or _pair(root, unit.solution, unit.has_assignment)
        rows.append(readme.row(unit, lecture, assignment, settings))
    text = _content(root / "README.md")
    if text is None:
        raise CourseError(f"it is missing: it needs at least the lines {readme.BEGIN} and {readme.END}")
    plan.files[Path("README.md")] = readme.fill(text.decode(), rows, settings).encode()


def _plan_pair(plan: Plan, path: Path, notebook: NotebookNode, root: Path) -> None:
    text = pairing.to_text(notebook, root)
    again = pairing.from_text(text)
    if [cell.source for cell in again.cells] != [cell.source for cell in notebook.cells] or pairing.to_text(again, root) != text:
        raise CourseError(
            "it changes when it is read as a notebook and written again: look for unusual blank lines or cell markers"
        )
    plan.files |= {path.with_suffix(".py"): text.encode(), path: pairing.to_json(notebook).encode()}


def _keep_outputs(notebook: NotebookNode, before: NotebookNode, key: str) -> bool:
    """Give `notebook` the outputs and measures of its last execution, if that has the same key and is complete."""
    measured = before.metadata.get("dl4cv", {})
    if measured.get("key") != key:
        return False
    outputs = {(cell.get("id"), pairing.tag(cell) or cell.source): cell for cell in before.cells if cell.cell_type == "code"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            run = outputs.get((cell.id, pairing.tag(cell) or cell.source))
            if run is None or run.execution_count is None:
                return False
            cell.outputs, cell.execution_count = run.outputs, run.execution_count
    notebook.metadata["dl4cv"] = measured
    return True


def _strays(root: Path, units: list[Unit]) -> list[str]:
    """Notebooks whose source is gone, and files in exercises/ of no unit: left over from before a change."""
    made = {unit.lecture for unit in units if unit.has_lecture} | {unit.solution for unit in units if unit.has_assignment}
    notebooks = [*(root / "lectures").glob("*.ipynb"), *(root / "solutions").glob("*/*.ipynb")]
    strays = [path for path in notebooks if path.relative_to(root) not in made]
    released = {unit.exercise.parent: unit for unit in units if unit.has_assignment}
    for path in (root / "exercises").rglob("*"):
        if not path.is_file() or NEVER_MADE & set(path.relative_to(root).parts):
            continue
        unit = released.get(path.parent.relative_to(root))
        beside = unit and path.suffix not in (".py", ".ipynb") and (root / unit.solution.parent / path.name).is_file()
        if path.relative_to(root) not in {u.exercise for u in released.values()} and not beside:
            strays.append(path)
    return [f"{path.relative_to(root).as_posix()} is made from no source: delete it" for path in sorted(strays)]


def _report(plan: Plan, path: Path, problems: list[str]) -> None:
    plan.problems += [f"{path.as_posix()}: {problem}" for problem in problems]


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _notebook(path: Path) -> NotebookNode | None:
    """A notebook that is there; None if it is not, or cannot be read: then it is made anew."""
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError, AttributeError):
        return None


def _pair(root: Path, path: Path, exists: bool) -> NotebookNode | None:
    """A unit's notebook for the map: the executed one if there is one, otherwise its source."""
    if not exists:
        return None
    return _notebook(root / path) or pairing.from_text((root / path.with_suffix(".py")).read_text(encoding="utf-8"))
