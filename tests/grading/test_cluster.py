"""A Dask cluster of real processes: the same marks as on one machine, and nothing lost or graded twice when a worker is killed."""

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import class_of_three
import pytest
import small_unit
from rich.console import Console

from utils.authoring.course import CourseError
from utils.grading import batch, cluster, store, terminal
from utils.grading.folders import folders
from utils.grading.grade import Grader
from utils.grading.walls import Limits

sys.path.append(str(Path(__file__).parents[1] / "unit"))
import tiny_course  # noqa: E402

ROOT = Path(__file__).parents[2]
BUNDLE = small_unit.bundle()
LIMITS = Limits(cell_seconds=20, task_seconds=20)
KINDS = {
    "right": {},
    "wrong": {"double": "def double(x):\n    return x * x", "scale": "def scale(x, factor=2.0):\n    return x * 2"},
    "ends": {"double": "import os\n\ndef double(x):\n    os._exit(0)"},
    "broken": {"evens": "def evens(n:"},
}
WORK = {f"{kind}{turn}": small_unit.submission(**answers).notebook for turn in range(3) for kind, answers in KINDS.items()}
WORK["empty"] = b""


def started(arguments, place, **environment):
    command = [str(Path(sys.executable).with_name("dask")), *arguments]
    where = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | environment
    log = (place / f"{arguments[0]}-{time.monotonic_ns()}.log").open("wb")
    return subprocess.Popen(command, cwd=place, env=where, stdout=log, stderr=log)


class Cluster:
    """A scheduler and workers, each started by its own command in a folder that has nothing of the course."""

    def __init__(self, place: Path, workers: int):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self.place = place
        self.processes = [started(["scheduler", "--host", self.address, "--no-dashboard"], place)]
        for _ in range(workers):
            self.add()
        self.wait_for(workers)

    def add(self, **environment):
        arguments = ["worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        self.processes.append(started(arguments, self.place, **environment))
        return self.processes[-1]

    def wait_for(self, workers):
        from distributed import Client

        with Client(self.address, timeout=120, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=120)

    def close(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture
def start(tmp_path):
    clusters = []

    def start(workers):
        place = tmp_path / "elsewhere"
        place.mkdir()
        clusters.append(Cluster(place, workers))
        return clusters[-1]

    yield start
    for cluster_ in clusters:
        cluster_.close()


def course(root):
    made = class_of_three.course(root, {})
    for student, notebook in WORK.items():
        place = made.submitted(student, BUNDLE.unit)
        place.mkdir(parents=True)
        (place / f"{BUNDLE.unit}.ipynb").write_bytes(notebook)
    return made


def graded(place, mapping, watch=lambda result, total: None):
    """The gradebook's marks and all that results.json holds but times, after grading the class; and how often each student was recorded."""
    made = course(place)
    summary = batch.run(made, BUNDLE, mapping, say=lambda line: None, watch=watch)
    assert sorted(result.student for result in summary.results) == sorted(WORK), "each of them once"
    found = {student: store.load(made, student, BUNDLE.unit)["result"] for student in WORK}
    verdicts = {s: [(v.task, v.points, v.status, v.parts, v.report) for v in r.verdicts] for s, r in found.items()}
    return class_of_three.table(made), verdicts, {s: (r.status, r.findings) for s, r in found.items()}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What one job on this machine gives."""
    return graded(tmp_path_factory.mktemp("alone") / "course", batch.local(1, lambda bundle: Grader(bundle, LIMITS)))


def test_one_job_gives_what_the_work_deserves(alone):
    table, _, statuses = alone
    points = {s: [table[s, f"test_{task.name}"][0] for task in BUNDLE.tasks] for s in WORK}
    assert {s: points[s] for s in ("right2", "wrong0", "ends1", "broken2", "empty")} == {
        "right2": [10, 10, 10, 10],
        "wrong0": [0, 5, 10, 10],
        "ends1": [0, 10, 10, 10],
        "broken2": [10, 10, 0, 10],
        "empty": [0, 0, 0, 0],
    }
    assert statuses["empty"] == ("unreadable", ("the file is empty",))


def test_four_jobs_give_the_same(alone, tmp_path):
    assert graded(tmp_path / "course", batch.local(4, lambda bundle: Grader(bundle, LIMITS))) == alone


def test_two_dask_workers_give_the_same_though_one_is_killed_half_way(alone, start, tmp_path):
    running = start(2)
    with cluster.connected(running.address, LIMITS) as mapping:
        assert graded(tmp_path / "two", mapping) == alone
        done = []

        def kill(result, total):
            done.append(result)
            if len(done) == len(WORK) // 2:
                os.kill(running.processes[1].pid, signal.SIGKILL)

        assert graded(tmp_path / "killed", mapping, watch=kill) == alone
        assert running.processes[1].wait(10) == -signal.SIGKILL and running.processes[2].poll() is None


def test_the_command_grades_on_the_cluster_and_refuses_what_would_mark_differently(start, tmp_path, monkeypatch):
    root = tiny_course.built(tmp_path / "course")
    place = folders(root).submitted("amani", tiny_course.UNIT)
    place.mkdir(parents=True)
    shutil.copy(root / "solutions" / tiny_course.UNIT / f"{tiny_course.UNIT}.ipynb", place)
    running = start(1)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [Path(sys.executable).with_name("dl4cv"), "grade", tiny_course.UNIT, "--scheduler", running.address]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and "1 graded" in done.stdout, done.stdout + done.stderr
    result = json.loads((folders(root).autograded("amani", tiny_course.UNIT) / "results.json").read_text())["result"]
    assert [v["points"] == v["of"] for v in result["verdicts"]] == [True] * len(tiny_course.TASKS)

    versions = cluster.versions()
    monkeypatch.setattr(cluster, "versions", lambda: versions | {"torch": "1.0"})
    with (
        pytest.raises(CourseError, match=f"the worker on .* cannot grade: it has torch {versions['torch']} instead of 1.0"),
        cluster.connected(running.address) as mapping,
    ):
        list(mapping(BUNDLE, [small_unit.submission()]))


@pytest.mark.parametrize(("which", "words"), [(1, "it has no workers"), (0, "it was lost")], ids=["worker", "scheduler"])
def test_a_cluster_that_loses_its_last_worker_or_its_scheduler_is_a_clear_error(start, tmp_path, monkeypatch, which, words):
    monkeypatch.setattr(cluster, "PATIENCE", 5)
    running, done = start(1), []

    def kill(result, total):
        done.append(result)
        if len(done) == 5:
            running.processes[which].kill()

    with (
        pytest.raises(
            CourseError, match=f"cannot go on: {words}.* Start workers with `dask worker tcp://.*what was recorded is kept"
        ),
        cluster.connected(running.address, LIMITS) as mapping,
    ):
        graded(tmp_path / "course", mapping, watch=kill)
    recorded = [student for student in WORK if store.load(folders(tmp_path / "course"), student, BUNDLE.unit)]
    assert 4 <= len(recorded) < len(WORK), "what was recorded is kept"


def test_no_scheduler_is_a_clear_error(tmp_path):
    with pytest.raises(CourseError, match="no Dask scheduler answers at tcp://127.0.0.1:1 .*start one"):
        terminal.grade(ROOT, "03_convolution_arithmetic", scheduler="tcp://127.0.0.1:1", console=Console(file=io.StringIO()))
