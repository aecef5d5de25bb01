"""Control groups: limits are set, and nothing stays behind, not even what a killed grader left."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from utils.grading import cgroups
from utils.grading.walls import Limits

has_groups = pytest.mark.skipif(cgroups.why_not() is not None, reason=f"no control groups: {cgroups.why_not()}")
BUSY = """
import os, time
def busy():
    while time.process_time() < 0.3:
        pass
if os.fork() == 0:
    busy()
    os._exit(0)
os.wait()
busy()
print(flush=True)
input()
"""


@pytest.mark.parametrize("way", [pytest.param("group", marks=has_groups), "tree"])
def test_the_processor_time_is_that_of_a_process_and_its_children(way):
    group = cgroups.create(Limits()) if way == "group" else None
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=group and group.enter
    )
    used = group or cgroups.Tree(process.pid)
    try:
        process.stdout.readline()
        assert 0.55 <= used.cpu() < 2
    finally:
        process.communicate(b"\n")
        used.remove()


@has_groups
def test_a_group_holds_its_limits_and_goes():
    group = cgroups.create(Limits(processes=10))
    try:
        group.limit_memory(64 << 20)
        assert int(group.memory.read_text()) <= int(group.used.read_text()) + (65 << 20)
        code = "import os; os.fork() or os._exit(0); x = bytearray(b'1') * (300 << 20)"
        done = subprocess.run([sys.executable, "-c", code], preexec_fn=group.enter, capture_output=True)
        assert done.returncode == -9
    finally:
        group.remove()
    assert not any(folder.exists() for folder in group.folders)


@has_groups
def test_what_a_killed_grader_left_is_swept_and_what_a_living_one_has_is_kept():
    group = cgroups.create(Limits())
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = [folder.with_name(f"dl4cv-{ended.pid}-1") for folder in group.folders]
    for folder in left:
        folder.mkdir()
    other = cgroups.create(Limits())
    try:
        assert not any(folder.exists() for folder in left)
        assert all(folder.exists() for folder in (*group.folders, *other.folders))
        assert str(os.getpid()) in group.folders[0].name
    finally:
        group.remove()
        other.remove()


# A warm process that waits for none of its children, and one of these, which computes until it is told to end.
WARM = """
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
child = os.fork()
while child == 0:
    pass
print(child, flush=True)
sys.stdin.read()"""


def test_without_a_group_the_time_of_a_submission_that_has_ended_still_counts():
    with subprocess.Popen([sys.executable, "-c", WARM], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as warm:
        tree = cgroups.Tree(warm.pid)
        tree.warm = warm.pid
        child = psutil.Process(int(warm.stdout.readline()))
        while (before := tree.cpu()) < 0.5:
            time.sleep(0.05)
        child.kill()
        child.wait(10)
        assert tree.cpu() >= before
