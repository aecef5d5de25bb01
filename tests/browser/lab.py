"""A real JupyterLab for the tests of this folder, and what people do in it by mouse and keyboard."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).parents[2]
UNIT = "03_convolution_arithmetic"
RUN = 120_000  # milliseconds that a notebook, or one of nbgrader's steps, may take
TOKEN = "a-student"
CODE_CELLS = """() => jupyterapp.shell.currentWidget.content.model.toJSON().cells
    .filter((cell) => cell.cell_type === 'code' && [].concat(cell.source).join('').trim())"""


@dataclass
class Lab:
    """A running JupyterLab: its address and the folder it works on."""

    address: str
    folder: Path

    def start(self, page, place: str = ""):
        """Open JupyterLab in a workspace of its own; `place` is what follows its address."""
        page.goto(f"{self.address}/lab/workspaces/{uuid4().hex}{place}?token={TOKEN}")

    def open(self, page, notebook: str):
        self.start(page, f"/tree/{notebook}")
        ready(page)


@contextlib.contextmanager
def jupyterlab(folder: Path, home: Path, utils: Path = ROOT):
    """A JupyterLab on `folder` that keeps its settings in `home`; notebooks import the `utils` of the course in `utils`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(utils),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_CONFIG_PATH": str(ROOT / ".jupyter"),  # as `make lab` has it
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
    }
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", f"--port={port}", "--ServerApp.port_retries=0"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}", "--ServerApp.terminals_enabled=False"]
    command += ["--LabApp.expose_app_in_browser=True"]  # lets a test ask the page what a notebook holds, also outside the window
    command += ["--allow-root"] if os.geteuid() == 0 else []
    home.mkdir(parents=True, exist_ok=True)
    log = home / "jupyterlab.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api/status?token={TOKEN}", server, log)
        yield Lab(address, folder)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(url, server, log, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(url).close()
        time.sleep(0.05)  # between two knocks on the door of a server that is starting
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


def ready(page):
    """Wait until the notebook in front has nbgrader's button and an idle kernel."""
    visible(page.get_by_role("button", name="Validate")).wait_for(timeout=60_000)
    page.wait_for_function("jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'", timeout=60_000)


def visible(locator):
    """Of all that match, the one that can be seen: the tabs behind the one in front have the same buttons."""
    return locator.locator("visible=true")


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
    place = visible(page.locator(f'.jp-Cell[data-windowed-list-index="{cell}"]'))
    if place.locator(".cm-content").locator("visible=true").count() == 0:
        place.locator(".jp-MarkdownOutput").dblclick()
    place.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)
    page.wait_for_function(
        "([cell, source]) => jupyterapp.shell.currentWidget.content.model.cells.get(cell).sharedModel.source === source",
        arg=[cell, source],
    )


def validate(page) -> dict[str, str]:
    """Press nbgrader's Validate and read its dialog: what is said of each test cell that failed. Without one, of the notebook."""
    visible(page.get_by_role("button", name="Validate")).click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for(timeout=RUN)
    assert "Validation Results" in dialog.inner_text(), dialog.inner_text()
    texts = dialog.locator("#validation-message pre").all_inner_texts() or ["", dialog.inner_text()]
    dialog.get_by_role("button", name="Ok").click()
    dialog.wait_for(state="detached")
    return dict(zip(texts[::2], texts[1::2], strict=True))


def words(text: str) -> str:
    """The text without its line breaks: reports are folded to the width of a page."""
    return " ".join(text.split())
