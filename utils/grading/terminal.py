"""What `dl4cv grade` shows while it works, and when it is done."""

import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from utils import files
from utils.grading import batch, bundle, feedback, late, store
from utils.grading.folders import Folders, folders
from utils.grading.gradebook import Gradebook
from utils.grading.records import Result

EVERY = 5  # seconds between lines where there is no terminal


def grade(
    root: Path,
    unit: str,
    students: list[str] | None = None,
    jobs: int = 1,
    regrade: bool = False,
    allow_missing: tuple[str, ...] = (),
    scheduler: str | None = None,
    console: Console | None = None,
) -> batch.Summary:
    """Grade a unit's submissions with the sandboxed grader, show progress and a summary.

    Parameters
    ----------
    scheduler : str, optional
        Address of a Dask scheduler, whose workers grade instead of `jobs` processes of this machine.
    allow_missing : tuple of str
        Protections to do without, as `utils.grading.walls.Limits.missing`.

    Raises
    ------
    CourseError
        As `bundle.load`, `batch.run` and `late.rules`, and if this machine cannot raise the walls.
    """
    from utils.grading.walls import Limits

    limits = Limits(missing=tuple(allow_missing))
    console = console or Console()
    course = folders(root)
    late.rules(course.root / "deadlines.csv")  # a wrong line is better said before the work than after it
    with ExitStack() as stack:
        prove, mapping = _there(stack, scheduler, limits) if scheduler else _here(stack, jobs, limits)
        console.print(f"{unit}: preparing", markup=False)
        made = bundle.load(course, unit, prove)
        with _progress(console) as watch:
            summary = batch.run(course, made, mapping, students, regrade, console.print, watch)
    show(console, summary, apply_deadlines(course, unit))
    return summary


def _here(stack: ExitStack, jobs: int, limits):
    """What proves a bundle and what grades, on this machine. The grader that proves is the first to grade."""
    from utils.grading.grade import Grader

    warm = []

    def prove(bundle, submission):
        if not warm:
            warm.append(stack.enter_context(Grader(bundle, limits)))
        return warm[0].grade(submission)

    def grader(bundle):
        return nullcontext(warm.pop()) if warm else Grader(bundle, limits)

    return prove, batch.local(jobs, grader)


def _there(stack: ExitStack, scheduler: str, limits):
    """The same on a cluster: this machine needs no walls then."""
    from utils.grading import cluster

    mapping = stack.enter_context(cluster.connected(scheduler, limits))
    return lambda bundle, submission: next(mapping(bundle, [submission])), mapping


def apply_deadlines(course: Folders, unit: str) -> dict[str, float]:
    """Enter what deadlines.csv says of a unit in the gradebook; returns what each late student loses."""
    rule = late.rules(course.root / "deadlines.csv").get(unit)
    if rule is None:
        return {}
    with Gradebook(course) as gradebook:
        return late.apply(gradebook, unit, rule)


def write_feedback(course: Folders, unit: str) -> int:
    """Write every feedback page of a unit anew, with what persons entered in the gradebook; returns how many."""
    made = bundle.last(course, unit)
    apply_deadlines(course, unit)
    with Gradebook(course) as gradebook:
        entries = gradebook.entries(unit)
    count = 0
    for student, entry in entries.items():
        found = store.load(course, student, unit)
        if found:
            scores = {name: entry.scores[name] for name in entry.by_hand}
            by_hand = {"scores": scores, "comments": entry.comments, "penalty": entry.penalty}
            path = course.feedback(student, unit) / f"{unit}.html"
            files.write(path, feedback.page(made, found["result"], by_hand).encode())
            count += 1
    return count


@contextmanager
def _progress(console: Console):
    """A function that takes each result as it is recorded, and shows how many, how fast, how long still, and what failed."""
    seen = {"done": 0, "failed": 0, "begun": time.monotonic(), "said": time.monotonic()}

    def counted(result: Result | None, total: int) -> str:
        if result is None:
            seen["begun"] = seen["said"] = time.monotonic()
            return ""
        seen["done"] += 1
        seen["failed"] += result.status != "graded"
        rate = seen["done"] / max(time.monotonic() - seen["begun"], 1e-9)
        return f"{rate:.2g} a second, {seen['failed']} could not be graded"

    if not console.is_terminal:

        def say(result, total):
            words = counted(result, total)
            if result and (time.monotonic() - seen["said"] > EVERY or seen["done"] == total):
                seen["said"] = time.monotonic()
                left = (total - seen["done"]) * (seen["said"] - seen["begun"]) / seen["done"]
                console.print(f"graded {seen['done']} of {total}: {words}, {left:.0f} s left")

        yield say
        return
    columns = (
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[words]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("grading", total=None, words="")

        def show_bar(result, total):
            words = counted(result, total)
            progress.update(bar, total=total, completed=seen["done"], words=words)

        yield show_bar


def show(console: Console, summary: batch.Summary, penalties: dict[str, float]) -> None:
    """What was done, what a regrade changed, and what a person should look at."""
    say: Callable[[str], None] = lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True)  # noqa: E731
    done, rate = len(summary.results), len(summary.results) / summary.seconds if summary.seconds else 0
    say(f"{done} graded in {summary.seconds:.1f} s ({rate:.2g} a second), {summary.skipped} graded before and unchanged")
    if summary.recovered:
        say(
            f"{len(summary.recovered)} recorded that were graded before the last run was cut off: {', '.join(summary.recovered[:8])}"
        )
    points = sorted(result.points for result in summary.with_status("graded"))
    if points:
        say(f"points from tests: {points[0]:g} to {points[-1]:g}, half of them below {points[len(points) // 2]:g}")
    for status, words in (
        ("unreadable", "could not be read, and have 0 points"),
        ("failed", "have no marks, because the grader failed"),
    ):
        bad = sorted(summary.with_status(status), key=lambda result: result.student)
        if bad:
            say(f"{len(bad)} {words}:")
        for result in bad:
            say(f"  {result.student}: {'; '.join(result.findings)[:300]}")
    slow = {r.student: [v.task for v in r.verdicts if v.status == "timeout"] for r in summary.results}
    for title, lines in (
        ("have tasks that took too long; on a busy machine, grade them again", {s: tasks for s, tasks in slow.items() if tasks}),
        ("changed since they were graded last", summary.changes),
        ("had to be mended", {r.student: list(r.findings) for r in summary.with_status("graded") if r.findings}),
        ("were late", {student: [f"{penalty:.4g} points taken off"] for student, penalty in penalties.items()}),
    ):
        if lines:
            say(f"{len(lines)} {title}:")
        for student, what in sorted(lines.items()):
            say(f"  {student}: {'; '.join(what)[:300]}")
