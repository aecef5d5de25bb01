"""Grading on the workers of a Dask cluster: `dl4cv grade UNIT --scheduler tcp://host:8786`.

The bundle and the submissions travel to the workers, the results come back, and the process that started the grading alone writes. Scheduler
and workers need the installed package (`dl4cv[cluster]`), workers also what `dl4cv doctor` asks for; none of them needs the course's
folder. What a worker was grading when it was lost is graded by another one.
"""

import functools
import hashlib
import platform
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from importlib import metadata
from itertools import islice
from pathlib import Path

from utils.authoring.course import CourseError
from utils.grading import batch
from utils.grading.grade import grade_submission
from utils.grading.records import Bundle, Result, Submission, bundle_from, to_dict
from utils.grading.walls import Limits

AT_ONCE = 2  # submissions for each worker: one that it grades, one that waits there
PATIENCE = 60  # seconds to wait for a worker, or for a scheduler that no longer answers
ALONE = threading.Lock()  # a worker grades one submission at a time, however many threads it has


@contextmanager
def connected(address: str, limits: Limits | None = None) -> Iterator[batch.Mapping]:
    """A mapping onto the workers of the scheduler at `address`, such as tcp://host:8786.

    Raises
    ------
    CourseError
        Here, if Dask is not installed or no scheduler answers; while mapping, if the scheduler or all workers are lost, or a worker cannot
        grade: it cannot raise the walls, or has other versions than this process.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise CourseError("grading on a cluster needs Dask: pip install 'dl4cv[cluster]'") from None
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as problem:
        raise CourseError(f"no Dask scheduler answers at {address} ({problem}): start one with `dask scheduler`") from None
    with client:
        yield lambda bundle, submissions: _map(client, limits or Limits(), bundle, submissions)


def _map(client, limits: Limits, bundle: Bundle, submissions: Iterable[Submission]) -> Iterator[Result]:
    from distributed import wait

    # made by a task and not scattered, so that it is made again when the worker that holds it is lost
    held = client.submit(bundle_from, to_dict(bundle), pure=False)
    source, sent = iter(submissions), {}
    try:
        while True:
            client.wait_for_workers(1, timeout=PATIENCE)
            for submission in islice(source, max(0, AT_ONCE * len(client.nthreads()) - len(sent))):
                sent[client.submit(_grade, held, submission, limits, versions(), pure=False)] = submission
            if not sent:
                return
            try:
                done = wait(list(sent), timeout=PATIENCE, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                continue  # a slow submission, or no worker left
            for future in done:
                yield _result(future, bundle, sent.pop(future))
    except (OSError, CancelledError, TimeoutError) as problem:
        lost = "it has no workers" if isinstance(problem, TimeoutError) else f"it was lost ({problem})"
        raise CourseError(
            f"the scheduler at {client.scheduler.addr} cannot go on: {lost}. Start workers with `dask worker {client.scheduler.addr} "
            "--nthreads 1 --nworkers N`, then run the same command again: what was recorded is kept"
        ) from None
    finally:
        with suppress(OSError, CancelledError, TimeoutError):  # there may be nobody left to tell
            client.cancel(list(sent))


def _result(future, bundle: Bundle, submission: Submission) -> Result:
    problem = future.exception()
    if isinstance(problem, CourseError | ImportError):  # every submission would end in the same way
        raise CourseError(str(problem))
    return batch.failed(bundle, submission, problem) if problem else future.result()


def _grade(bundle: Bundle, submission: Submission, limits: Limits, wanted: dict[str, str]) -> Result:
    """Runs on a worker."""
    try:
        different = [f"{name} {own} instead of {wanted[name]}" for name, own in versions().items() if own != wanted[name]]
        if different:
            raise CourseError(f"it has {', '.join(different)}: install there what is installed here")
        with ALONE:
            return grade_submission(bundle, submission, limits)
    except CourseError as problem:
        raise CourseError(f"the worker on {platform.node()} cannot grade: {problem}") from None


@functools.cache
def versions() -> dict[str, str]:
    """What must be the same on a worker for the same marks."""
    package = Path(__file__).resolve().parents[1]
    code = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        code.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    libraries = {name: metadata.version(name) for name in ("torch", "numpy")}
    return {"Python": platform.python_version(), **libraries, "the course's code": code.hexdigest()[:12]}
