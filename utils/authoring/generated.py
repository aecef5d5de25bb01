"""The cells that `dl4cv build` writes: badges (links and what was measured), set-up (installs the course on Colab), and download (of an
assignment, from Colab)."""

import copy
import math
from pathlib import Path
from urllib.parse import quote, urlencode

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from utils.authoring.course import Settings, Unit
from utils.authoring.pairing import tag

WORDS_A_MINUTE = 120  # formulas and figures included
MINUTES_A_CODE_CELL = 1  # to read it, run it, and look at what it shows


def fill(notebook: NotebookNode, content: dict[str, str]) -> NotebookNode:
    """A copy with the source of every generated cell replaced: {"badges": ..., "setup": ...}."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if tag(cell):
            cell.source = content[tag(cell)]
    return notebook


def without(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that people wrote."""
    return [cell for cell in notebook.cells if not tag(cell)]


def lecture(notebook: NotebookNode, unit: Unit, settings: Settings) -> NotebookNode:
    """Fill the generated cells of a lecture; what was measured is in its metadata."""
    measured = notebook.metadata.get("dl4cv", {})
    facts = [f"about {minutes(notebook)} minutes to read and try"]
    if measured:
        facts.append(f"runs in {measured['seconds']} s with {measured['memory_mb']} MB of memory")
    source = unit.lecture.with_suffix(".py")
    badges = f"{links(unit.lecture, settings)} · [Source]({_file(source, settings)})\n\n{' · '.join(facts)}"
    return fill(notebook, {"badges": badges, "setup": setup(settings)})


def assignment(notebook: NotebookNode, unit: Unit, settings: Settings) -> NotebookNode:
    """Fill the generated cells of an assignment's source; its links lead to the exercise, never to the solution. The cell at the end that
    downloads the notebook is added where it is not there yet."""
    notebook = copy.deepcopy(notebook)
    if not any(tag(cell) == "download" for cell in notebook.cells):
        notebook.cells.append(new_code_cell(metadata={"tags": ["download"]}))
    points, tasks = worth(notebook)
    badges = (
        f"{links(unit.exercise, settings)} · [Source]({_file(unit.exercise, settings)})\n\n"
        f"{points:g} points · {tasks} tasks graded by tests"
    )
    return fill(notebook, {"badges": badges, "setup": setup(settings), "download": download(unit)})


def links(path: Path, settings: Settings) -> str:
    """Links that open a notebook on Colab and on Binder: plain text, so that they show offline too."""
    place = settings.repository.removeprefix("https://github.com/")
    branch = quote(settings.branch)
    return (
        f"[Open in Colab](https://colab.research.google.com/github/{place}/blob/{branch}/{path.as_posix()}) · "
        f"[Open in Binder](https://mybinder.org/v2/gh/{place}/{quote(settings.branch, safe='')}?urlpath=lab/tree/{path.as_posix()})"
    )


def pull_link(settings: Settings) -> str:
    """The nbgitpuller link with which a student of a JupyterHub gets the course, and later what is new in it."""
    folder = settings.repository.rsplit("/", 1)[1]
    query = {"repo": settings.repository, "branch": settings.branch, "urlpath": f"lab/tree/{folder}/README.md"}
    return f"https://YOUR_HUB/hub/user-redirect/git-pull?{urlencode(query)}"


def setup(settings: Settings) -> str:
    """The set-up cell. It asks for `utils.claims`, so that another package named utils is not taken for the course."""
    return f"""\
# On Colab this installs the course. Where the course is installed, it does nothing.
try:
    from utils import claims
except ImportError:
    import subprocess, sys
    course = "dl4cv @ git+{settings.repository}@{settings.branch}"
    print("Installing the course: this takes about a minute.")
    if subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", course]).returncode:
        raise RuntimeError("the course could not be installed: see pip's message above, and check the connection")
    sys.modules.pop("utils", None)"""


def download(unit: Unit) -> str:
    """The last cell of an assignment."""
    return f"""\
# On Colab this downloads your work, to hand it in. Elsewhere it does nothing: there the notebook is a file already.
from utils import colab

colab.download("{unit.exercise.name}")"""


def minutes(notebook: NotebookNode) -> int:
    """Reading time: words at WORDS_A_MINUTE, MINUTES_A_CODE_CELL for every code cell, up to the next 5 minutes."""
    cells = without(notebook)
    words = sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown")
    code = sum(cell.cell_type == "code" for cell in cells)
    return 5 * math.ceil((words / WORDS_A_MINUTE + code * MINUTES_A_CODE_CELL) / 5)


def worth(notebook: NotebookNode) -> tuple[float, int]:
    """Points of an assignment, and how many of its tasks are graded by tests."""
    graded = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    tests = [cell for cell in graded if not cell.metadata.nbgrader.get("solution")]
    return sum(cell.metadata.nbgrader.get("points", 0) for cell in graded), len(tests)


def _file(path: Path, settings: Settings) -> str:
    return f"{settings.repository}/blob/{quote(settings.branch)}/{path.as_posix()}"
