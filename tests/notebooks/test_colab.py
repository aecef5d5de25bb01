"""What Colab does, done here: every notebook alone in an empty folder, on a machine with PyTorch and without the course and nbgrader.

The set-up cell runs as it is and installs the course by git, from a clone that stands in for the repository's address. One lecture and one
assignment run whole in a kernel. Of the others: everything that a lecture imports, every data file and demo, and every visible check.
"""

import json
import os
import subprocess
import venv
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from utils.authoring import bank, course

ROOT = Path(__file__).parents[2]
UNIT = "03_convolution_arithmetic"
LECTURES = sorted((ROOT / "lectures").glob("*.ipynb"))
EXERCISES = sorted((ROOT / "exercises").glob("*/*.ipynb"))
# Of what is installed here, Colab has none. (Its own packages are newer or older: .github/workflows/newest.yml is for that.)
NOT_ON_COLAB = ("dl4cv", "jupyterquiz", "jupytext", "nbgrader", "nbval", "playwright", "pytest", "rich", "typer", "utils")

RUN = """
import json, sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, kernel_name="python3", timeout=600).execute()
nbformat.write(notebook, sys.argv[1])
"""
IMPORTS = """
import ast, json, sys
import google.colab
from utils import demos
from utils.datasets import store
for path in sys.argv[1:]:
    cells = [cell for cell in json.load(open(path))["cells"] if cell["cell_type"] == "code"]
    for cell in cells:
        for statement in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(statement, ast.Import | ast.ImportFrom):
                exec(ast.unparse(statement), {})
assert "nbgrader" not in sys.modules
names = list(store.checksums())
for name in names:
    store.read(name)
for name in demos.names():
    demos.show(name)
print(json.dumps([str(store.folder()), names, demos.names()]))
"""
CHECKS = """
import json, sys
import nbformat
import google.colab
from utils.authoring import bank
filled = json.load(open("answers.json"))
reports = {}
for path in sys.argv[1:]:
    notebook = nbformat.read(path, as_version=4)
    reports[path] = {task: verdict.report for task, verdict in bank.mark(notebook, filled[path]).items()}
assert "nbgrader" not in sys.modules
print(json.dumps(reports))
"""
# Of google.colab, what the course asks for.
COLAB = """
import json, os, pathlib, types
_message, files = types.SimpleNamespace(), types.SimpleNamespace()
_message.blocking_request = lambda kind, timeout_sec: {"ipynb": json.loads(pathlib.Path(os.environ["NOTEBOOK"]).read_text())}
files.download = lambda name: pathlib.Path("downloads").write_text(name)
"""


@pytest.fixture(scope="module")
def colab(tmp_path_factory):
    """run(notebook, script, *arguments) -> what was printed, by the machine's own Python in an empty folder."""
    machine = tmp_path_factory.mktemp("colab")
    venv.create(machine, symlinks=True)
    library = next((machine / "lib").glob("python*/site-packages"))
    for package in Path(pytest.__file__).parents[1].iterdir():
        if package.suffix != ".pth" and not package.name.lower().lstrip("_").startswith(NOT_ON_COLAB):
            (library / package.name).symlink_to(package)
    (library / "google" / "colab").mkdir(parents=True)
    (library / "google" / "colab" / "__init__.py").write_text(COLAB)
    startup = machine / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "colab.py").write_text("import google.colab")
    settings = course.settings(ROOT)
    repository(machine / "repository", settings.branch)
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PIP_CONSTRAINT")} | {
        "IPYTHONDIR": str(machine / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "JUPYTER_PATH": str(machine / "share" / "jupyter"),
        "JUPYTER_CONFIG_DIR": str(machine / "config"),
        "OMP_NUM_THREADS": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{machine / 'repository'}.insteadOf",
        "GIT_CONFIG_VALUE_0": settings.repository,
    }

    def run(script, *arguments, folder):
        notebook = str(folder / arguments[0]) if arguments else ""
        done = subprocess.run(
            [machine / "bin" / "python", "-c", script, *map(str, arguments)],
            cwd=folder,
            env=environment | {"NOTEBOOK": notebook},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
        return done.stdout

    return SimpleNamespace(run=run, folder=tmp_path_factory.mktemp, library=library)


def repository(place: Path, branch: str):
    """A git repository of the course as it is here, committed or not."""

    def git(*arguments, at=place):
        return subprocess.run(["git", "-C", at, *arguments], check=True, capture_output=True).stdout

    files = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", at=ROOT).decode().split("\0")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes((ROOT / name).read_bytes())
    git("init", "--quiet", "--initial-branch", branch)
    git("add", "--all")
    git("-c", "user.name=course", "-c", "user.email=course@localhost", "commit", "--quiet", "--message", "the course")


@pytest.fixture(scope="module")
def installed(colab):
    """The first lecture that a student opens: its set-up cell installs the course, and all the rest of it runs."""
    folder = colab.folder("lecture")
    name = f"{UNIT}.ipynb"
    notebook = nbformat.read(ROOT / "lectures" / name, as_version=4)
    nbformat.write(notebook, folder / name)
    assert not (colab.library / "utils").exists()
    colab.run(RUN, name, folder=folder)
    return nbformat.read(folder / name, as_version=4)


def test_a_lecture_installs_the_course_and_runs_to_its_end(installed):
    printed = [output.get("text", "") for cell in installed.cells if cell.cell_type == "code" for output in cell.outputs]
    assert "Installing the course" in "".join(printed)
    assert sum(text.count("✔") for text in printed) >= 5  # its claims hold


def test_all_that_lectures_import_and_all_data_come_with_the_package(colab, installed):
    where, names, demos = json.loads(colab.run(IMPORTS, *LECTURES, folder=colab.folder("imports")))
    assert Path(where) == colab.library / "utils" / "data"
    assert len(names) >= 5 and "convolution_arithmetic" in demos


def test_every_visible_check_accepts_the_reference(colab, installed):
    folder, filled = colab.folder("checks"), {}
    for path in EXERCISES:
        (folder / path.name).write_bytes(path.read_bytes())
        filled[path.name] = reference(path.stem)
    (folder / "answers.json").write_text(json.dumps(filled))
    reports = json.loads(colab.run(CHECKS, *filled, folder=folder))
    assert [name for name, tasks in reports.items() if len(tasks) < 6] == []
    wrong = {(name, task): report for name, tasks in reports.items() for task, report in tasks.items()}
    assert {place: report for place, report in wrong.items() if "✔" not in report or "✘" in report} == {}


def test_an_assignment_runs_whole_and_is_downloaded(colab, installed):
    folder, name = colab.folder("assignment"), f"{UNIT}.ipynb"
    exercise = nbformat.read(ROOT / "exercises" / UNIT / name, as_version=4)
    nbformat.write(bank.fill(exercise, reference(UNIT)), folder / "Copy of the assignment.ipynb")
    colab.run(RUN, "Copy of the assignment.ipynb", folder=folder)
    assert (folder / "downloads").read_text() == name
    assert nbformat.read(folder / name, as_version=4).cells[-1].metadata.tags == ["download"]


def reference(unit: str) -> dict[str, str]:
    """The sources of the solution cells, without what students must not see in the others."""
    solution = nbformat.read(ROOT / "solutions" / unit / f"{unit}.ipynb", as_version=4)
    return {c.metadata.nbgrader.grade_id: c.source for c in solution.cells if c.metadata.get("nbgrader", {}).get("solution")}
