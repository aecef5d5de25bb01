"""Grading one submission after the other: plain data in, plain data out, and a result for each, whatever it does.

    with Grader(bundle) as grader:
        result = grader.grade(submission)

A `Grader` owns two warm processes, of which every submission gets two children: one runs the student's notebook, one the tests. When the
student's code takes too long or ends its process, both are ended and begun again without the cell or the test that did it: only that
task is lost. What was not seen to pass has not passed.
"""

import hashlib
import json
import math
import os
import signal
import socket
import time
from dataclasses import asdict, dataclass, field

from utils.grading import notebooks, protections, wire
from utils.grading.clock import PATIENCE, Clock
from utils.grading.records import Bundle, Part, Result, Submission, Verdict, without_marks
from utils.grading.repair import repair
from utils.grading.sandbox import SandboxFailed, Warm
from utils.grading.walls import Limits

SECONDS = 60  # on the wall, for a frame of the tester's that has begun to come
ATTEMPTS = 3  # before the grader gives up on itself


@dataclass
class Run:
    """What is known of a submission so far. `stopped`: why a cell did not finish; it is not run again."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    outputs: dict[int, list] = field(default_factory=dict)
    stopped: dict[int, str] = field(default_factory=dict)
    used: float = 0.0  # of all that it may use, as in clock.Clock
    seconds: dict[str, float] = field(default_factory=lambda: {"fork": 0.0, "notebook": 0.0, "tests": 0.0, "end": 0.0})


class Grader:
    """Grades submissions to one unit, one at a time. `seconds`: where the last one's time went.

    Raises
    ------
    SandboxFailed
        On entering, if the walls cannot be raised on this machine.
    """

    def __init__(self, bundle: Bundle, limits: Limits | None = None):
        self.bundle, self.limits = bundle, limits or Limits()
        self.tasks = {task.name: task for task in bundle.tasks}
        self.warm, self.seconds = {}, {}

    def __enter__(self):
        protections.require(self.limits)
        tasks = [asdict(task) | {"names": list(task.names)} for task in self.bundle.tasks]
        setups = {"tester": {"tasks": tasks, "source": self.bundle.source}, "student": {}}
        try:
            for role, setup in setups.items():
                self.warm[role] = Warm(role, setup, self.limits)
            self.warm["tester"].begin()
            ready = self.warm["tester"].wait()
            self.warm["student"].setup["modules"] = ready["modules"]
            self.warm["student"].begin()
            self.warm["student"].wait()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        while self.warm:
            self.warm.popitem()[1].close()

    def grade(self, submission: Submission) -> Result:
        """The result for one submission. Raises nothing that the submission could cause."""
        start = time.perf_counter()
        repaired = repair(self.bundle, submission)
        notebook, run = repaired.notebook, Run()
        if notebook is None:
            return without_marks(self.bundle, submission, "unreadable", repaired.findings, time.perf_counter() - start)
        try:
            self._run(notebooks.steps(notebook, self.bundle), run)
        except SandboxFailed as failure:
            findings = (*repaired.findings, f"the grader failed, and not because of this submission: {failure}")
            return without_marks(self.bundle, submission, "failed", findings, time.perf_counter() - start)
        self.seconds = run.seconds
        return Result(
            unit=self.bundle.unit,
            student=submission.student,
            bundle=self.bundle.key,
            digest=hashlib.sha256(submission.notebook).hexdigest(),
            status="graded",
            verdicts=tuple(run.verdicts[name] for name in self.tasks),
            findings=repaired.findings,
            notebook=json.dumps(notebooks.with_outputs(notebook, run.outputs, run.stopped, run.verdicts)),
            seconds=time.perf_counter() - start,
        )

    def _run(self, steps: list[tuple], run: Run) -> None:
        """Run all steps, beginning again without what ended a process."""
        more = sum(max(0, self._limit(step) - self.limits.task_seconds) for step in steps if step[0] == "test")
        total, failures = self.limits.total_seconds + more, 0
        while any(step[0] == "test" and step[1] not in run.verdicts for step in steps):
            left = [s for s in steps if (s[1] not in run.stopped if s[0] == "run" else s[1] not in run.verdicts)]
            if run.used >= total:
                for step in left:
                    if step[0] == "test":
                        words = f"the whole notebook took longer than {total:g} s; this was not reached"
                        run.verdicts[step[1]] = _lost(self.tasks[step[1]], "timeout", words)
                return
            try:
                if not self.warm:
                    self.__enter__()
                self._attempt(left, run, total)
            except SandboxFailed:
                self.close()  # and begin anew: no submission is to blame that a warm process is gone
                failures += 1
                if failures == ATTEMPTS:
                    raise

    def _limit(self, step) -> float:
        """Seconds that a step may use."""
        return self.limits.cell_seconds if step[0] == "run" else self.tasks[step[1]].seconds or self.limits.task_seconds

    def _attempt(self, steps, run, total) -> None:
        """Run the steps in two fresh children, until all are done or one cannot be."""
        start = time.perf_counter()
        ours, theirs = socket.socketpair()
        student_end, tester_end = socket.socketpair()
        children, at, why = [], 0, None
        try:
            children.append(self.warm["student"].fork(student_end))
            children.append(self.warm["tester"].fork(tester_end, theirs))
            wire.send(ours, wire.pack(steps), time.monotonic() + SECONDS)
            clock = Clock(self.warm["student"].used.cpu)
            while at < len(steps) and why is None:
                answer = self._answer(ours, clock, min(self._limit(steps[at]), total - run.used))
                run.used += clock.restart()
                if at == 0:
                    run.seconds["fork"] += time.perf_counter() - start
                why = answer.get("broken")
                if why is None:
                    self._record(steps[at], answer, run)
                    at += 1
        except (wire.Closed, wire.Late, wire.Malformed, KeyError, TypeError, ValueError, AttributeError):
            why = "error"
        finally:
            start = time.perf_counter()
            ours.close()
            by_itself = why != "died" or children[0].ended(0.5)
            reports = self.reports = [child.end() for child in children]
            run.seconds["end"] += time.perf_counter() - start
        if at < len(steps):
            self._stop(steps[at], why if by_itself else "nonsense", reports[0], run)

    def _answer(self, ours, clock, limit) -> dict:
        """What the tester says of a step, or that the time for it is used up."""
        while clock.wait(ours, limit):
            answer = wire.unpack(wire.receive(ours, time.monotonic() + SECONDS))
            if answer.keys() != {"cpu"}:
                return answer
            wire.send(ours, wire.pack(clock.cpu()), time.monotonic() + SECONDS)
        return {"broken": "timeout"}

    def _record(self, step, answer, run):
        if step[0] == "run":
            ran = answer["run"]
            run.outputs[step[1]] = notebooks.clean(ran["outputs"])
            run.seconds["notebook"] += ran["seconds"]
        else:
            run.verdicts[step[1]] = verdict = _verdict(answer["verdict"], self.tasks[step[1]])
            run.seconds["tests"] += verdict.seconds

    def _stop(self, step, why, report, run):
        """Note what the step costs that could not be finished."""
        status, words = _words(why, report, self._limit(step))
        if step[0] == "run":
            run.stopped[step[1]] = words
        else:
            run.verdicts[step[1]] = _lost(self.tasks[step[1]], status, words)


_graders: dict[tuple, Grader] = {}


def grade_submission(bundle: Bundle, submission: Submission, limits: Limits | None = None) -> Result:
    """Grade one submission. A pure function of plain data; the warm processes that it needs stay for the next call with the same bundle."""
    key = (bundle.key, limits, os.getpid())
    if key not in _graders:
        close()
        _graders[key] = Grader(bundle, limits).__enter__()
    return _graders[key].grade(submission)


def close() -> None:
    """End the warm processes that `grade_submission` keeps."""
    while _graders:
        _graders.popitem()[1].close()


# ----------------------------------------------------------------------------------------------------------- internals


def _lost(task, status, words) -> Verdict:
    return Verdict(task.name, 0.0, task.points, status, (), words, None, 0.0)


def _words(why: str, report: dict, seconds: float) -> tuple[str, str]:
    """Status and words for a step that a process did not survive."""
    if why == "timeout":
        how = f"{seconds:g} seconds of computing, or {PATIENCE * seconds:g} of waiting"
        return "timeout", f"your code was stopped after {how}: is there a loop that does not end?"
    if why == "nonsense":
        return "died", "the process that ran your code no longer answered the tests as it should: your code has disturbed it"
    if why == "died":
        code = report["status"]
        if os.WIFSIGNALED(code):
            number = os.WTERMSIG(code)
            how = "killed (out of memory?)" if number == signal.SIGKILL else f"ended by {signal.Signals(number).name}"
        else:
            how = f"ended by itself, with exit code {os.WEXITSTATUS(code)}"
        return "died", f"the process that ran your code was {how}" if os.WIFSIGNALED(
            code
        ) else f"the process that ran your code {how}"
    return "error", "the tests could not be finished"


def _verdict(data: dict, task) -> Verdict:
    """What the tester says, taken only if it makes sense."""
    parts = tuple(Part(**part) for part in data["parts"])
    verdict = Verdict(**{**data, "parts": parts})
    points = verdict.points
    if verdict.task != task.name or verdict.of != task.points or not (math.isfinite(points) and 0 <= points <= task.points):
        raise ValueError(f"no verdict on {task.name}: {data}")
    return verdict
