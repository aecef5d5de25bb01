"""What a unit's reference may do while a warm process is made ready: train with a progress bar, but not leave a thread running."""

import dataclasses
import os
import re
from pathlib import Path

import nbformat
import psutil
import pytest
import small_unit

from utils.grading.grade import Grader
from utils.grading.sandbox import SandboxFailed

TRAINS = """
from tqdm import tqdm
from tqdm.auto import tqdm as bar
layer = nn.Linear(2, 1)
for _ in tqdm(bar(range(3))):
    layer(torch.ones(4, 2)).sum().backward()
"""
THREAD = "\nimport threading, time\nthreading.Thread(target=time.sleep, args=(60,), name='a helper of the reference', daemon=True).start()\n"


def bundle(added):
    """The small unit, whose reference does something more."""
    answers = {"double": small_unit.REFERENCE["double"] + added}
    return dataclasses.replace(small_unit.bundle(), source=nbformat.writes(small_unit.notebook(answers)))


def test_a_reference_may_train_with_a_progress_bar_and_a_fork_has_few_pages_to_copy():
    with Grader(bundle(TRAINS)) as grader:
        if tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 1):  # from there on Linux gathers memory when it is asked to
            warm = psutil.Process(grader.warm["student"].process.pid).children(recursive=True)[-1]
            memory = dict(re.findall(r"(\w+): +(\d+) kB", Path(f"/proc/{warm.pid}/smaps_rollup").read_text()))
            assert int(memory["AnonHugePages"]) > int(memory["Anonymous"]) / 2
        assert grader.grade(small_unit.submission()).points == 40


def test_a_reference_that_leaves_a_thread_is_refused_by_the_thread_s_name():
    with pytest.raises(SandboxFailed, match="a helper of the reference"):
        Grader(bundle(THREAD)).__enter__()
