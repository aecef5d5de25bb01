"""Whether a notebook runs where there are only 2 GB, as on Binder: each lecture, and each assignment with the reference's answers, under that limit.

    python benchmarks/memory.py                              # all, one after the other
    python benchmarks/memory.py 02_convolution --limit 1.5   # one unit, in 1.5 GB

The limit is the kernel's (a control group: Linux, as root or in a group of your own), over the notebook's whole process family, as a
container's is. Printed is the most that a notebook held; pages of files, which the system takes back when it needs room, are left out.
JupyterLab's own server is in the sum of the last column. PyTorch's CUDA builds take about 0.5 GB more than the CPU builds of Binder.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import nbformat  # noqa: E402
import psutil  # noqa: E402

from utils.authoring import bank, course  # noqa: E402
from utils.grading import cgroups  # noqa: E402
from utils.grading.walls import Limits  # noqa: E402

GB = 10**9
RUN = "import sys, nbformat, nbclient; n = nbformat.read(sys.argv[1], 4); nbclient.NotebookClient(n, timeout=1200).execute()"
SERVER = ["-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ServerApp.port=0"]


def notebooks(units: list[str]) -> dict[str, nbformat.NotebookNode]:
    """What a student has open: the lectures, and the assignments when all is answered."""
    found = {}
    for unit in course.units(ROOT, units or None):
        if unit.has_lecture:
            found[unit.lecture.as_posix()] = nbformat.read(ROOT / unit.lecture, as_version=4)
        if unit.has_assignment:
            solution = nbformat.read(ROOT / unit.solution, as_version=4)
            cells = [cell for cell in solution.cells if cell.metadata.get("nbgrader", {}).get("solution")]
            answers = {cell.metadata.nbgrader.grade_id: cell.source for cell in cells}
            found[unit.exercise.as_posix()] = bank.fill(nbformat.read(ROOT / unit.exercise, as_version=4), answers)
    return found


class Watch(threading.Thread):
    """The most memory that a process and its children hold together, in bytes, sampled every 50 ms."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self.process, self.peak, self.done = psutil.Process(pid), 0, threading.Event()

    def run(self):
        while not self.done.wait(0.05):
            try:
                family = [self.process, *self.process.children(recursive=True)]
                self.peak = max(self.peak, sum(member.memory_info().rss for member in family))
            except psutil.NoSuchProcess:
                pass


def run(command: list[str], limit: float, seconds: float | None = None) -> tuple[int, float, float]:
    """Run Python with `command` in a group of `limit` bytes, to its end or for `seconds`: exit status, seconds, most memory."""
    group = cgroups.create(Limits())
    if group is None:
        sys.exit(f"no limit can be set here: {cgroups.why_not()}")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    begun = time.perf_counter()
    try:
        group.limit_memory(int(limit))
        with tempfile.TemporaryDirectory() as folder:
            started = subprocess.Popen(
                [sys.executable, *command], cwd=folder, env=environment, preexec_fn=group.enter, stderr=subprocess.PIPE, text=True
            )
            watch = Watch(started.pid)
            watch.start()
            try:
                said = started.communicate(timeout=seconds)[1]
            except subprocess.TimeoutExpired:
                started.send_signal(signal.SIGTERM)
                said = started.communicate()[1]
            watch.done.set()
            watch.join()
    finally:
        group.remove()
    if started.returncode and seconds is None:
        print(said.strip().splitlines()[-1] if said.strip() else "", file=sys.stderr)
    return started.returncode, time.perf_counter() - begun, watch.peak


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("units", nargs="*", help="units, such as 02_convolution; all if left out")
    parser.add_argument("--limit", type=float, default=2.0, help="in GB of 10^9 bytes")
    arguments = parser.parse_args()
    server = run(SERVER, arguments.limit * GB, seconds=40)[2]
    print(f"limit {arguments.limit:g} GB; JupyterLab's server {server / 1e6:.0f} MB", flush=True)
    print(f"{'notebook':64} {'runs':>6} {'seconds':>8} {'MB':>6} {'with JupyterLab':>16}", flush=True)
    failed = False
    for name, notebook in notebooks(arguments.units).items():
        with tempfile.NamedTemporaryFile("w", suffix=".ipynb") as file:
            nbformat.write(notebook, file.name)
            status, seconds, peak = run(["-c", RUN, file.name], arguments.limit * GB - server)
        failed |= bool(status)
        line = f"{name:64} {'no' if status else 'yes':>6} {seconds:8.0f} {peak / 1e6:6.0f} {(peak + server) / 1e6:16.0f}"
        print(line, flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
