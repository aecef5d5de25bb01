"""The release of an assignment, made by nbgrader's own generate_assignment in a folder that is thrown away afterwards.

The course's gradebook and exercises/ are not touched: what comes back is compared, reviewed and written by the caller.
"""

import contextlib
import io
import shutil
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from utils.authoring import pairing
from utils.authoring.course import CourseError, Unit

NOT_RELEASED = (".ipynb_checkpoints", "__pycache__", "*.py", "*.pyc", "*.ipynb")


def releases(sources: dict[Unit, NotebookNode], root: Path) -> dict[Unit, tuple[NotebookNode, dict[Path, bytes]] | CourseError]:
    """Release each source notebook: for a unit the notebook and what else lies beside it (pictures), by path, or what nbgrader refused."""
    if not sources:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        api = _nbgrader(root, Path(folder))
        return {unit: _release(api, unit, notebook, root, Path(folder)) for unit, notebook in sources.items()}


def _release(api, unit: Unit, notebook: NotebookNode, root: Path, folder: Path):
    source = folder / unit.solution
    shutil.copytree(root / unit.solution.parent, source.parent, ignore=shutil.ignore_patterns(*NOT_RELEASED))
    source.write_text(pairing.to_json(notebook), encoding="utf-8")
    with contextlib.redirect_stderr(io.StringIO()):
        result = api.generate_assignment(unit.name)
    if not result["success"]:
        return CourseError(f"nbgrader refused to release it:\n{result.get('log') or result.get('error')}")
    released = nbformat.read(folder / unit.exercise, as_version=4)
    for cell in released.cells:
        cell.metadata.pop("execution", None)
    beside = (folder / unit.exercise).parent
    others = [path for path in beside.rglob("*") if path.is_file() and path.name != unit.exercise.name]
    return pairing.normalised(released), {path.relative_to(folder): path.read_bytes() for path in others}


def _nbgrader(root: Path, folder: Path):
    """nbgrader with the course's own settings, but with its course folder in `folder`."""
    from nbgrader.apps.api import NbGraderAPI
    from traitlets.config import PyFileConfigLoader

    if not (root / "nbgrader_config.py").is_file():
        raise CourseError("nbgrader_config.py is missing: it says what a release leaves out")
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(folder)
    # As `nbgrader generate_assignment --no-db`: `dl4cv build` must not depend on a gradebook, and making one takes seconds.
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    return NbGraderAPI(config=config)
