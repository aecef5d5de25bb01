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
UNIT = "03_convolution_arithmetic"
PARTS_OF_THE_COURSE = ("utils", "data", "lectures", "exercises", "nbgrader_config.py", "pyproject.toml")
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


def test_lecture_runs_and_its_demo_lives(lab, page):
    lab.open(page, f"lectures/{UNIT}.ipynb")
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


@pytest.fixture
def assignment():
    """The released assignment as a student received it."""
    return nbformat.read(ROOT / "exercises" / UNIT / f"{UNIT}.ipynb", as_version=4)


def test_validate_names_the_mistake_and_is_content_once_it_is_corrected(lab, page, assignment):
    answers = {(a.task, a.what): a for a in bank.answers(UNIT, ROOT)}
    wrong, right = answers["output_size", "plus_one"], answers["output_size", "divmod"]
    place = {cell.metadata.get("nbgrader", {}).get("grade_id"): i for i, cell in enumerate(assignment.cells)}
    tests = {task: assignment.cells[place[f"test_{task}"]].source for task in bank.tasks(assignment)}

    lab.open(page, f"exercises/{UNIT}/{UNIT}.ipynb")
    write(page, place[wrong.task], wrong.source)
    assert wrong.feedback in words(validate(page)[tests[wrong.task]])

    write(page, place[right.task], right.source)
    failed = validate(page)
    assert tests.pop(right.task) not in failed
    for test in tests.values():  # the other tasks, still to do
        assert "not written yet" in failed[test]


def test_validate_is_content_with_a_finished_notebook(lab, page, assignment):
    answers = {a.task: a.source for a in bank.answers(UNIT, ROOT) if a.kind == "right"}
    for cell in assignment.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution"):
            cell.source = answers.get(about["grade_id"], "What I think about this.")
    nbformat.write(assignment, lab.course / "finished.ipynb")
    lab.open(page, "finished.ipynb")
    assert "Success! Your notebook passes all the tests." in validate(page)[""]


def words(text: str) -> str:
    """The text without its line breaks: reports are folded to the width of a page."""
    return " ".join(text.split())
