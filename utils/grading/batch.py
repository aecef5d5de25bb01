"""Grade a unit's submissions: those that are new or have changed, in parallel, recorded one by one by this process alone.

What grades is given from outside as a `Mapping`: submissions in, results out, in any order. `local` is the one for this machine,
`cluster.connected` gives one for a cluster.
"""

import contextlib
import hashlib
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field

from utils.grading import collect, store
from utils.grading.folders import Folders
from utils.grading.gradebook import Gradebook
from utils.grading.records import Bundle, Result, Submission, without_marks

Mapping = Callable[[Bundle, Iterable[Submission]], Iterator[Result]]


@dataclass
class Summary:
    """What a run did. `results`: those graded now; `changes`: what a regrade changed, by student."""

    results: list[Result] = field(default_factory=list)
    skipped: int = 0  # graded before, and nothing has changed
    recovered: list[str] = field(default_factory=list)
    changes: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0

    def with_status(self, status: str) -> list[Result]:
        return [result for result in self.results if result.status == status]


def run(
    folders: Folders,
    bundle: Bundle,
    mapping: Mapping,
    students: list[str] | None = None,
    regrade: bool = False,
    say: Callable[[str], None] = print,
    watch: Callable[[Result | None, int], None] = lambda result, total: None,
) -> Summary:
    """Grade and record.

    Parameters
    ----------
    students : list of str, optional
        Only these.
    regrade : bool
        Also what was graded before and has not changed.
    watch : function
        Called with (None, how many there are to grade) at the beginning, and with each result after it is recorded.

    Raises
    ------
    CourseError
        If the gradebook or the disk cannot be written. What was recorded until then stays; the same call goes on from there.
    """
    begun, summary = time.perf_counter(), Summary()
    with store.alone(folders), Gradebook(folders, say) as gradebook:
        gradebook.prepare(bundle)
        records = store.Store(folders, bundle, gradebook)
        summary.recovered = records.recover()
        waiting = []
        for student in collect.students(folders, bundle.unit, students):
            submission = collect.read(folders, student, bundle.unit)
            digest = hashlib.sha256(submission.notebook).hexdigest()
            if not regrade and records.is_done(digest, student):
                summary.skipped += 1
            else:
                waiting.append(student)
        watch(None, len(waiting))
        submissions = {}

        def handed_in():
            for student in waiting:
                submissions[student] = collect.read(folders, student, bundle.unit)
                yield submissions[student]

        for result in mapping(bundle, handed_in()) if waiting else ():
            changes = records.save(submissions.pop(result.student), result)
            summary.results.append(result)
            if changes:
                summary.changes[result.student] = changes
            watch(result, len(waiting))
    summary.seconds = time.perf_counter() - begun
    return summary


def local(jobs: int, grader: Callable[[Bundle], AbstractContextManager]) -> Mapping:
    """A mapping onto `jobs` graders on this machine, each with a thread that waits for it: the work is in the graders' own processes.

    The graders are made by the calling thread, because the processes that they start are ended with the thread that started them.

    Parameters
    ----------
    grader : function of a Bundle
        Gives a context manager with a method `grade(submission) -> Result`, such as `utils.grading.grade.Grader`.
    """

    def mapping(bundle, submissions):
        done, source, taking = queue.Queue(maxsize=jobs), iter(submissions), threading.Lock()
        ended = threading.Event()

        def offer(result):
            while not ended.is_set():
                with contextlib.suppress(queue.Full):
                    done.put(result, timeout=0.1)
                    return

        def work(own):
            while not ended.is_set():
                try:
                    with taking:
                        submission = next(source, None)
                    offer(None if submission is None else _graded(own, bundle, submission))
                except BaseException as error:
                    offer(error)
                    return
                if submission is None:
                    return

        with ExitStack() as stack:
            graders = [stack.enter_context(grader(bundle)) for _ in range(jobs)]
            threads = [threading.Thread(target=work, args=(own,), daemon=True) for own in graders]
            stack.callback(lambda: [thread.join() for thread in threads])
            stack.callback(ended.set)
            for thread in threads:
                thread.start()
            working = len(threads)
            while working:
                result = done.get()
                if isinstance(result, BaseException):
                    raise result
                if result is None:
                    working -= 1
                else:
                    yield result

    return mapping


def _graded(grader, bundle: Bundle, submission: Submission) -> Result:
    """A result, whatever happens: what the grader itself fails at is tried again next time, and holds up no one."""
    try:
        return grader.grade(submission)
    except Exception as error:
        return failed(bundle, submission, error)


def failed(bundle: Bundle, submission: Submission, error: Exception) -> Result:
    """The result of a submission that the grader itself failed at."""
    words = f"the grader failed, and not because of this submission: {type(error).__name__}: {error}"
    return without_marks(bundle, submission, "failed", (words,))
