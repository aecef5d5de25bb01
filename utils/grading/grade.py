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
from utils.grading.sandbox import Child, SandboxFailed, Warm
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


@dataclass
class Pair:
    """The two processes that one attempt at a submission gets. `socket`: to the tester."""

    student: Child
    tester: Child
    socket: socket.socket

    def close(self) -> None:
        """End them, and do not wait for it."""
        for end in (self.socket, self.student, self.tester):
            end.close()


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
        self.warm, self.seconds, self.ahead = {}, {}, None

    def __enter__(self):
        protections.require(self.limits)
        tasks = [asdict(task) for task in self.bundle.tasks]
        setups = {"tester": {"tasks": tasks, "source": self.bundle.source}, "student": {}}
        try:
            for role, setup in setups.items():
                self.warm[role] = Warm(role, setup, self.limits)
            self.warm["tester"].begin()
            ready = self.warm["tester"].wait()
            self.warm["student"].setup["modules"] = ready["modules"]
            self.warm["student"].begin()
            self.warm["student"].wait()
            self.ahead = self._fork()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        if self.ahead:
            self.ahead.close()
            self.ahead = None
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
            self.follow(notebooks.steps(notebook, self.bundle), run)
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

    def follow(self, steps: list[tuple], run: Run) -> None:
        """Run all steps of a notebook, beginning again without what ended a process. What became of them is in `run` afterwards."""
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

    def _fork(self) -> Pair:
        ours, theirs = socket.socketpair()
        student_end, tester_end = socket.socketpair()
        return Pair(self.warm["student"].fork(student_end), self.warm["tester"].fork(tester_end, theirs), ours)

    def _fresh(self) -> Pair:
        """Two fresh processes: those that were forked ahead, if nothing has happened to them since."""
        pair, self.ahead = self.ahead, None
        if pair and (pair.student.ended(0) or pair.tester.ended(0)):
            pair.close()
            pair = None
        return pair or self._fork()

    def _attempt(self, steps, run, total) -> None:
        """Run the steps in two fresh processes, until all are done or one cannot be."""
        start = time.perf_counter()
        pair = self._fresh()
        self.ahead = self._fork()  # for the next submission, while this one is graded
        try:
            done, why = self._follow(pair.socket, steps, run, total, start)
            start = time.perf_counter()
            if done < len(steps):
                by_itself = why != "died" or pair.student.ended(0.5)
                report, _ = pair.student.end(), pair.tester.end()
                self._stop(steps[done], why if by_itself else "nonsense", report, run)
        finally:
            pair.close()
        run.seconds["end"] += time.perf_counter() - start

    def _follow(self, tester, steps, run, total, start) -> tuple[int, str | None]:
        """Have the tester run the steps, and record what it says: how many were done, and why not all."""
        done = 0
        try:
            wire.send(tester, wire.pack(steps), time.monotonic() + SECONDS)
            clock = Clock(self.warm["student"].used.cpu)
            while done < len(steps):
                answer = self._answer(tester, clock, min(self._limit(steps[done]), total - run.used))
                run.used += clock.restart()
                if done == 0:
                    run.seconds["fork"] += time.perf_counter() - start
                if "broken" in answer:
                    return done, answer["broken"]
                self._record(steps[done], answer, run)
                done += 1
        except (wire.Closed, wire.Late, wire.Malformed, KeyError, TypeError, ValueError, AttributeError):
            return done, "error"
        return done, None

    def _answer(self, tester, clock, limit) -> dict:
        """What the tester says of a step, or that the time for it is used up."""
        while clock.wait(tester, limit):
            answer = wire.unpack(wire.receive(tester, time.monotonic() + SECONDS))
            if answer.keys() != {"cpu"}:
                return answer
            wire.send(tester, wire.pack(clock.cpu()), time.monotonic() + SECONDS)
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
        code = os.waitstatus_to_exitcode(report["status"])
        how = f"ended by itself, with exit code {code}"
        if code < 0:
            how = "was killed (out of memory?)" if -code == signal.SIGKILL else f"was ended by {signal.Signals(-code).name}"
        return "died", f"the process that ran your code {how}"
    return "error", "the tests could not be finished"


def _verdict(data: dict, task) -> Verdict:
    """What the tester says, taken only if it makes sense."""
    parts = tuple(Part(**part) for part in data["parts"])
    verdict = Verdict(**{**data, "parts": parts})
    points = verdict.points
    if verdict.task != task.name or verdict.of != task.points or not (math.isfinite(points) and 0 <= points <= task.points):
        raise ValueError(f"no verdict on {task.name}: {data}")
    return verdict
