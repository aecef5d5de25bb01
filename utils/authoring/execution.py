"""Run a lecture and keep what it shows.

What it guarantees:
- Cells run in order in a fresh kernel, in the course's folder, with the course's own `utils`.
- What is kept is the same whenever the outputs are: no time stamps, no progress bars, consecutive texts of a stream in one piece.
- A cell that fails stops it with the notebook, the cell and what was raised; the caller has nothing half-made to write.
"""

import contextlib
import copy
import os
import re
import threading
import time
from pathlib import Path

import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm

from utils.authoring.course import CourseError
from utils.authoring.review.cells import place

SECONDS_A_CELL = 300
PROGRESS_BAR = re.compile(r"\d+%\|.*\||\d+it \[|\[\d\d:\d\d")
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def execute(notebook: NotebookNode, root: Path, name: str) -> tuple[NotebookNode, int, int]:
    """Run a copy of `notebook`. `name` is for messages.

    Returns
    -------
    (executed notebook, seconds, memory) : time for all cells, without the start of the kernel; the most resident memory that the kernel's
    process had at any of the samples taken every 20 ms, in MB of 10^6 bytes, to the next 10.

    Raises
    ------
    CourseError
        If a cell fails, takes more than SECONDS_A_CELL, or takes the kernel with it.
    """
    notebook = copy.deepcopy(notebook)
    client = NotebookClient(
        notebook,
        timeout=SECONDS_A_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(root)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
    )
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    with client.setup_kernel(env={**os.environ, "PYTHONPATH": path}), Memory(client.km.provisioner.pid) as memory:
        start = time.perf_counter()
        for index, cell in enumerate(tqdm(notebook.cells, desc=name, unit="cell", leave=False, disable=None)):
            try:
                client.execute_cell(cell, index)
            except CellExecutionError as error:
                raise CourseError(f"{place(notebook, index)} raised {error.ename}: {error.evalue}\n{_line_of(cell)}") from None
            except CellTimeoutError:
                raise CourseError(f"{place(notebook, index)} ran longer than {SECONDS_A_CELL} s") from None
            except DeadKernelError:
                raise CourseError(f"{place(notebook, index)} took the kernel with it: out of memory, perhaps") from None
        seconds = time.perf_counter() - start
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in map(_without_progress, cell.outputs) if output]
    return notebook, max(1, round(seconds)), 10 * -(-memory.peak // 10_000_000)


class Memory(threading.Thread):
    """The most resident memory of a process, sampled every 20 ms."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self.process, self.peak, self.done = psutil.Process(pid), 0, threading.Event()

    def run(self):
        while not self.done.wait(0.02):
            self.sample()

    def sample(self):
        with contextlib.suppress(psutil.NoSuchProcess):
            self.peak = max(self.peak, self.process.memory_info().rss)

    def __enter__(self):
        self.sample()
        self.start()
        return self

    def __exit__(self, *error):
        self.done.set()
        self.join()
        self.sample()


def _without_progress(output: NotebookNode) -> NotebookNode | None:
    """A progress bar is for whoever waits, not for whoever reads: it and its timings are left out."""
    if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
        return None
    if output.output_type == "stream" and output.name == "stderr":
        lines = [line for line in re.split(r"[\r\n]", output.text) if not PROGRESS_BAR.search(line)]
        output.text = "\n".join(lines).strip()
        return output if output.text else None
    return output


def _line_of(cell: NotebookNode) -> str:
    """The line of the cell that the traceback points at, from the error among its outputs."""
    for output in cell.outputs:
        if output.output_type == "error":
            lines = ESCAPES.sub("", "\n".join(output.traceback)).splitlines()
            arrows = [line.strip() for line in lines if re.match(r"-+> *\d+ ", line)]
            return f"    {arrows[0]}" if arrows else ""
    return ""
