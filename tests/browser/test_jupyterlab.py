"""A student's hour in JupyterLab: open a lecture, run it, play with the demo; answer a task, press Validate, correct the answer.

JupyterLab is the real one and works on a copy of the course, so that nothing in the repository changes.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import nbformat
import pytest

from utils import demos
from utils.authoring import bank

ROOT = Path(__file__).parents[2]
SMALL = "00_small"  # a unit of two tiny tasks that the tests add to the copy
LECTURES = [SMALL, *sorted(path.stem for path in ROOT.glob("lectures/*.ipynb"))]
ASSIGNMENTS = [SMALL, *sorted(path.stem for path in ROOT.glob("exercises/*/*.ipynb"))]
PARTS_OF_THE_COURSE = ("utils", "data", "lectures", "exercises", "tests/answers", "nbgrader_config.py", "pyproject.toml")
RUN = 120_000  # milliseconds that a notebook may take
CODE_CELLS = """() => jupyterapp.shell.currentWidget.content.model.toJSON().cells
    .filter((cell) => cell.cell_type === 'code' && [].concat(cell.source).join('').trim())"""
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
TOKEN = "a-student"


@dataclass
class Lab:
    """A running JupyterLab: its address and the folder it works on."""

    address: str
    course: Path

    def open(self, page, notebook: str):
        page.goto(f"{self.address}/lab/workspaces/{uuid4().hex}/tree/{notebook}?token={TOKEN}")
        page.get_by_role("button", name="Validate").wait_for(timeout=60_000)  # nbgrader's button: its extension is there
        page.wait_for_function(
            "jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'", timeout=60_000
        )


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    course = home / "course"
    course.mkdir()
    for part in PARTS_OF_THE_COURSE:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, course / part, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
        elif (ROOT / part).exists():
            shutil.copy(ROOT / part, course / part)
    write_small_unit(course)
    settings = home / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(course),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
    }
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", f"--port={port}", "--ServerApp.port_retries=0"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={course}", "--ServerApp.terminals_enabled=False"]
    command += ["--LabApp.expose_app_in_browser=True"]  # lets a test ask the page what a notebook holds, also outside the window
    command += ["--allow-root"] if os.geteuid() == 0 else []
    log = home / "jupyterlab.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=course, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/api/status?token={TOKEN}", server, log)
        yield Lab(address, course)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def write_small_unit(course: Path):
    """A lecture, an assignment as nbgrader releases it, and an answer bank, in the form that all units have."""
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell

    def task(name, result):
        about = {"schema_version": 3, "task": False}
        answer = {**about, "grade": False, "grade_id": name, "locked": False, "solution": True}
        test = {**about, "grade": True, "grade_id": f"test_{name}", "locked": True, "solution": False, "points": 50}
        source = (
            "from utils import checks\n\ntask = checks.task(50)\nwith task.part(20, 'values'):\n"
            f"    checks.equal({name}(6), {result}, mistakes={{'you took it twice': 12}})\ntask.score()"
        )
        return [
            text(f"## {name}(n)"),
            code(f"def {name}(n):\n    raise NotImplementedError", metadata={"nbgrader": answer}),
            code(source, metadata={"nbgrader": test}),
        ]

    lecture = [
        text("# 00 · Small"),
        code("from utils import demos\nfrom utils.claims import claim"),
        code("claim('half of 6 is 3', 6 / 2 == 3)"),
        code("demos.show('convolution_arithmetic')"),
    ]
    files = {
        f"lectures/{SMALL}.ipynb": lecture,
        f"exercises/{SMALL}/{SMALL}.ipynb": [text("# 00 · Small"), *task("half", 3), *task("third", 2)],
    }
    for path, cells in files.items():
        (course / path).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), course / path)
    bank = course / "tests" / "answers" / SMALL / "half"
    bank.mkdir(parents=True)
    (bank / "right_divides.py").write_text("# Divides.\ndef half(n):\n    return n // 2\n")
    (bank / "wrong_doubles.py").write_text("# Doubles.\n# feedback: you took it twice\ndef half(n):\n    return n * 2\n")


def wait_for(url, server, log, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(url).close()
        time.sleep(0.05)  # between two knocks on the door of a server that is starting
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture
def page(open_page):
    return open_page(viewport={"width": 1300, "height": 900})


def menu(page, *names):
    """Choose an item of JupyterLab's menus."""
    for name in names:
        page.get_by_role("menuitem", name=re.compile(f"^{name}")).click()


def run_all_cells(page) -> list:
    """Clear what earlier runs left, Run > Run All Cells; the code cells when all have run or one has failed."""
    menu(page, "Edit$", "Clear Outputs of All Cells")
    menu(page, "Run$", "Run All Cells")
    page.wait_for_function(
        f"""() => {{
            const cells = ({CODE_CELLS})();
            return cells.every(c => c.execution_count) || cells.some(c => c.outputs.some(o => o.output_type === 'error'));
        }}""",
        timeout=RUN,
    )
    return page.evaluate(CODE_CELLS)


def write(page, cell: int, source: str):
    """Replace the source of a cell, by mouse and keyboard."""
    editor = page.locator(f'.jp-Cell[data-windowed-list-index="{cell}"] .cm-content')
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)
    page.wait_for_function(
        "([cell, source]) => jupyterapp.shell.currentWidget.content.model.cells.get(cell).sharedModel.source === source",
        arg=[cell, source],
    )


def validate(page) -> dict[str, str]:
    """Press nbgrader's Validate and read its dialog: what is said of each test cell that failed. Without one, of the notebook."""
    page.get_by_role("button", name="Validate").click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for(timeout=RUN)
    assert "Validation Results" in dialog.inner_text(), dialog.inner_text()
    texts = dialog.locator("#validation-message pre").all_inner_texts() or ["", dialog.inner_text()]
    dialog.get_by_role("button", name="Ok").click()
    dialog.wait_for(state="detached")
    return dict(zip(texts[::2], texts[1::2], strict=True))


@pytest.mark.parametrize("name", LECTURES)
def test_lecture_runs_and_its_demo_lives(lab, page, name):
    lab.open(page, f"lectures/{name}.ipynb")
    cells = run_all_cells(page)
    errors = [output for cell in cells for output in cell["outputs"] if output["output_type"] == "error"]
    assert not errors, "\n".join(errors[0]["traceback"])
    assert any("✔" in "".join(output.get("text", "")) for cell in cells for output in cell["outputs"])  # its claims hold

    frame = page.locator("iframe[title='Convolution arithmetic']")
    frame.scroll_into_view_if_needed()
    demo = frame.content_frame
    demo.get_by_role("slider", name="Stride S").press("ArrowRight")
    demo.get_by_text("the output is 3 × 3").wait_for()
    box = frame.bounding_box()
    assert box["height"] >= demo.locator("html").bounding_box()["height"]  # nothing to scroll inside the frame
    assert not page.locator("[data-demo-missing]").is_visible()


def test_lecture_as_downloaded_says_where_its_demo_is(lab, page):
    """JupyterLab trusts no notebook that it has not run: frames are taken out of its outputs."""
    shown = nbformat.v4.new_output("display_data", {"text/html": demos.show("convolution_arithmetic").data})
    cell = nbformat.v4.new_code_cell("# demos.show", execution_count=1, outputs=[shown])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=KERNEL), lab.course / "downloaded.ipynb")
    lab.open(page, "downloaded.ipynb")
    page.get_by_text("A demo that you can play with stands here").wait_for()
    assert page.locator(".jp-OutputArea iframe").count() == 0

    page.keyboard.press("ControlOrMeta+Shift+c")
    page.keyboard.insert_text("Trust Notebook")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Trust").click()
    page.frame_locator("iframe[title='Convolution arithmetic']").get_by_text("the output is 5 × 5").wait_for()


@pytest.mark.parametrize("unit", ASSIGNMENTS)
def test_validate_names_the_mistake_and_is_content_once_it_is_corrected(lab, page, unit):
    notebook = nbformat.read(lab.course / "exercises" / unit / f"{unit}.ipynb", as_version=4)
    place = {cell.metadata.get("nbgrader", {}).get("grade_id"): i for i, cell in enumerate(notebook.cells)}
    wrong, right = wrong_and_right(bank.answers(unit, lab.course), notebook)
    test = notebook.cells[place[f"test_{wrong.task}"]].source

    lab.open(page, f"exercises/{unit}/{unit}.ipynb")
    write(page, place[wrong.task], wrong.source)
    assert wrong.feedback in validate(page)[test]

    write(page, place[right.task], right.source)
    failed = validate(page)
    assert test not in failed
    assert len(failed) == len(bank.tasks(notebook)) - 1  # all the others, still to do
    assert all("not written yet" in report for report in failed.values())


def wrong_and_right(answers, notebook):
    """The first wrong answer that the visible tests already catch, and a right one to the same task."""
    for wrong in answers:
        if wrong.kind == "wrong" and wrong.feedback in bank.mark(notebook, {wrong.task: wrong.source})[wrong.task].report:
            return wrong, next(a for a in answers if a.task == wrong.task and a.kind == "right")
    raise AssertionError("no wrong answer of the bank is caught by a visible test")


def test_validate_is_content_with_a_finished_notebook(lab, page):
    lab.open(page, f"exercises/{SMALL}/{SMALL}.ipynb")
    for cell, name, divisor in ((2, "half", 2), (5, "third", 3)):
        write(page, cell, f"def {name}(n):\n    return n // {divisor}")
    assert validate(page) == {"": "Validation Results\n\nSuccess! Your notebook passes all the tests.\n\nOk"}
