"""What the parts of the grader hand to each other: plain data that pickles, and that says all there is to say of a submission."""

import hashlib
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Task:
    """A graded task of a unit: its solution cell is `name`, its test cell `test_<name>`."""

    name: str
    points: float
    test: str  # source of the test cell, hidden tests included
    uses: tuple[str, ...]  # the student's names that the test uses
    seconds: float | None = None  # processor time that the test cell asks for


@dataclass(frozen=True)
class Bundle:
    """All that grading a unit needs, made once from its solution notebook."""

    unit: str
    key: str  # SHA-256 of what it was made from
    source: str  # the solution notebook, as JSON
    master: str  # the same without solutions but with hidden tests, as JSON: what a submission is rebuilt from
    release: str  # the notebook that students were given, as JSON
    tasks: tuple[Task, ...]
    written: tuple[tuple[str, float], ...]  # cells that a person marks, with their points


@dataclass(frozen=True)
class Submission:
    """One student's work as it was handed in: bytes that nobody has looked at yet."""

    student: str
    notebook: bytes
    handed_in: str | None = None  # ISO 8601 with time zone
    findings: tuple[str, ...] = ()  # what was odd about how it was handed in; the Result repeats it


@dataclass(frozen=True)
class Part:
    """One part of a task. `problem` is what the student reads, None if it passed."""

    name: str
    points: float
    of: float
    problem: str | None
    hidden: bool
    misconception: str | None = None  # the name of what the student probably did, if the test knows one


@dataclass(frozen=True)
class Verdict:
    """What the tests say of one task. `status`: passed, partial, failed, or why it could not be tested: unwritten, timeout, died, error."""

    task: str
    points: float
    of: float
    status: str
    parts: tuple[Part, ...]
    report: str
    raised: str | None  # what the student's code raised, if it did
    seconds: float


@dataclass(frozen=True)
class Result:
    """Everything known of one graded submission. Every submission gets one, whatever it does."""

    unit: str
    student: str
    bundle: str  # key of the bundle
    digest: str  # SHA-256 of the submitted notebook
    status: str  # graded; unreadable: all points are 0 and `findings` says why; failed: the grader's fault, no marks, tried again next time
    verdicts: tuple[Verdict, ...]
    findings: tuple[str, ...]  # what was repaired, tampered with, or suspicious
    notebook: str | None  # the repaired notebook with the outputs of its run, as JSON
    seconds: float

    @property
    def points(self) -> float:
        return sum(verdict.points for verdict in self.verdicts)


def without_marks(bundle: Bundle, submission: Submission, status: str, findings: tuple[str, ...], seconds: float = 0.0) -> Result:
    """The Result of a submission that could not be graded: no task has earned anything. `status`: unreadable or failed."""
    verdicts = tuple(Verdict(task.name, 0.0, task.points, "error", (), "not graded", None, 0.0) for task in bundle.tasks)
    digest = hashlib.sha256(submission.notebook).hexdigest()
    return Result(bundle.unit, submission.student, bundle.key, digest, status, verdicts, findings, None, seconds)


def to_dict(record: Bundle | Result) -> dict:
    """What JSON can hold."""
    return asdict(record)


def bundle_from(found: dict) -> Bundle:
    """The Bundle that `to_dict` made this of, by way of JSON."""
    tasks = tuple(Task(**task | {"uses": tuple(task["uses"])}) for task in found["tasks"])
    return Bundle(**found | {"tasks": tasks, "written": tuple(map(tuple, found["written"]))})


def result_from(found: dict) -> Result:
    """The Result that `to_dict` made this of, by way of JSON."""
    verdicts = tuple(Verdict(**verdict | {"parts": tuple(Part(**p) for p in verdict["parts"])}) for verdict in found["verdicts"])
    return Result(**found | {"verdicts": verdicts, "findings": tuple(found["findings"])})
