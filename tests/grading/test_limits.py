"""Limits on time and memory, measured from outside of the student's process, by control group and by looking at the processes."""

import contextlib
import dataclasses
import threading

import psutil
import pytest
import small_unit

from utils.grading import cgroups
from utils.grading.grade import Grader
from utils.grading.walls import Limits

LIMITS = Limits(cell_seconds=4, task_seconds=4, memory=1 << 30)
TIMED = """
from utils import checks
task = checks.task(10)
with task.part(10, "time"):
    value, seconds = checks.timed(double, 3)
    checks.equal(value, 6)
    if not 0.9 < seconds < 3:
        raise checks.CheckFailed(f"it took {seconds:.1f} seconds")
task.score()"""
BUSY = """
import time, os
process_time = time.process_time
def busy(seconds):
    end = process_time() + seconds
    while process_time() < end:
        pass
"""


@pytest.fixture(scope="module", params=["by control group", "by looking"])
def short(request):
    """A grader with short limits, in which `double` is timed and `scale` asks for more time; it measures in one of two ways."""
    bundle = small_unit.bundle()
    double, scale, *others = bundle.tasks
    tasks = (dataclasses.replace(double, test=TIMED), dataclasses.replace(scale, seconds=12.0), *others)
    with pytest.MonkeyPatch.context() as change:
        if request.param == "by looking":
            change.setattr(cgroups, "create", lambda limits: None)
        elif cgroups.why_not():
            pytest.skip(cgroups.why_not())
        with Grader(dataclasses.replace(bundle, tasks=tasks), LIMITS) as grader:
            yield grader


LIES = {
    "honest": "def double(x):\n    busy(1)\n    return 2 * x",
    "a clock of its own": "time.process_time = time.thread_time = lambda: 0.0\ndef double(x):\n    busy(1)\n    return 2 * x",
    "another process": "def double(x):\n    if os.fork() == 0:\n        busy(1)\n        os._exit(0)\n    os.wait()\n    return 2 * x",
}


@pytest.mark.parametrize("lie", LIES)
def test_what_a_call_takes_is_measured_from_outside(short, lie):
    verdict = short.grade(small_unit.submission(double=BUSY + LIES[lie])).verdicts[0]
    assert (verdict.points, verdict.report) == (10, "✔ time: 10 of 10 points\n")


def test_what_waits_for_the_processor_has_all_its_time_and_what_computes_has_not(short):
    waits = short.grade(small_unit.submission(evens="import time\n" + "time.sleep(6)\n" + small_unit.REFERENCE["evens"]))
    assert waits.verdicts[2].points == 10
    computes = short.grade(small_unit.submission(evens=f"{BUSY}def evens(n):\n    busy(6)\n    return iter([])"))
    assert computes.verdicts[2].status == "timeout"
    assert "4 seconds of computing, or 16 of waiting" in computes.verdicts[2].report


def test_a_task_may_ask_for_more_time(short):
    scale = f"{BUSY}def scale(x, factor=2.0):\n    busy(1.5)\n    return x * factor"
    assert short.grade(small_unit.submission(scale=scale)).verdicts[1].points == 10


def _memory():
    """Bytes that all children of this process hold, shared ones counted once."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total


SEVERAL = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        x = bytearray(b"1") * (800 << 20)
        time.sleep(1000)
time.sleep(10)
"""


def test_several_processes_together_get_no_more_memory_than_one(short):
    short.grade(small_unit.submission())  # from here on, all of the grader's own processes are there
    before, used, done = _memory(), [], threading.Event()

    def watch():
        while True:
            used.append(_memory())
            if done.wait(0.02):
                break

    watcher = threading.Thread(target=watch)
    watcher.start()
    result = short.grade(small_unit.submission(double=SEVERAL + small_unit.REFERENCE["double"]))
    done.set()
    watcher.join()
    assert [verdict.points for verdict in result.verdicts][1:] == [10, 10, 10]
    assert max(used) - before > 600 << 20, "the processes never had the memory to be limited"
    assert max(used) - before < 2 << 30, f"{(max(used) - before) >> 20} MB"
