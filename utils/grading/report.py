"""A report on a class: marks, how hard and how telling each task was, misconceptions, what looks odd, and what was slow."""

import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass

from utils.grading import answers, bundle, collect, store
from utils.grading.feedback import cut, template
from utils.grading.folders import Folders
from utils.grading.gradebook import Entry, Gradebook
from utils.grading.records import Bundle, Result

MOST = 10  # lines of a list


@dataclass(frozen=True)
class TaskFigures:
    """How a task went. `mean`: of the points, as a part of 1, over all that could be read: its difficulty. `discrimination`: correlation of
    the task's points with those of all other tasks (corrected item-total correlation); None where one of them is the same for all."""

    name: str
    of: float
    mean: float
    full: int  # students with all points
    none: int  # students without any
    unwritten: int
    discrimination: float | None


@dataclass(frozen=True)
class Report:
    """All that the pages show."""

    unit: str
    of: dict[str, float]  # each graded cell's points, in the notebook's order
    entries: dict[str, Entry]
    tasks: list[TaskFigures]
    misconceptions: list[tuple[str, str, int]]  # task, name, number of students
    odd: list[tuple[str, str]]  # student or students, what
    unreadable: list[tuple[str, str]]
    slowest: list[tuple[str, float]]
    waiting: int  # submissions that a person has still to mark


def report(folders: Folders, unit: str) -> Report:
    """Read results and gradebook.

    Raises
    ------
    CourseError
        If the unit was not graded.
    """
    made = bundle.last(folders, unit)
    with Gradebook(folders) as gradebook:
        entries = gradebook.entries(unit)
    results = {student: found["result"] for student in entries if (found := store.load(folders, student, unit))}
    graded = {student: result for student, result in results.items() if result.status == "graded"}
    of = {f"test_{task.name}": task.points for task in made.tasks} | dict(made.written)
    return Report(
        unit=unit,
        of=of,
        entries=entries,
        tasks=_figures(made, list(graded.values())),
        misconceptions=_misconceptions(graded.values()),
        odd=_odd(folders, made, graded),
        unreadable=[(s, "; ".join(r.findings)) for s, r in results.items() if r.status != "graded"],
        slowest=sorted(((s, r.seconds) for s, r in graded.items()), key=lambda pair: -pair[1])[:MOST],
        waiting=sum(None in entry.scores.values() for entry in entries.values()),
    )


def _figures(made: Bundle, results: list[Result]) -> list[TaskFigures]:
    totals = [result.points for result in results]
    figures = []
    for task in made.tasks:
        verdicts = [next(v for v in result.verdicts if v.task == task.name) for result in results if _has(result, task.name)]
        if not verdicts:
            continue
        points = [verdict.points for verdict in verdicts]
        rest = [total - own for total, own in zip(totals, points, strict=True)] if len(points) == len(totals) else []
        figures.append(
            TaskFigures(
                task.name,
                task.points,
                statistics.fmean(points) / task.points,
                sum(verdict.points == verdict.of for verdict in verdicts),
                sum(verdict.points == 0 for verdict in verdicts),
                sum(verdict.status == "unwritten" for verdict in verdicts),
                _correlation(points, rest),
            )
        )
    return figures


def _has(result: Result, task: str) -> bool:
    return any(verdict.task == task for verdict in result.verdicts)


def _correlation(a: list[float], b: list[float]) -> float | None:
    try:
        return statistics.correlation(a, b)
    except statistics.StatisticsError:  # fewer than two students, or all with the same points
        return None


def _misconceptions(results) -> list[tuple[str, str, int]]:
    """By task and name, the most common first; each counts once a student."""
    counts = Counter()
    for result in results:
        counts.update({(v.task, part.misconception) for v in result.verdicts for part in v.parts if part.misconception})
    return [(task, name, count) for (task, name), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def _odd(folders: Folders, made: Bundle, graded: dict[str, Result]) -> list[tuple[str, str]]:
    found, written = [], {}
    released = {task: source for task, source in answers.sources(made.release).items() if f"test_{task}" in _tests(made)}
    tests = answers.sources(made.source)
    for student, result in graded.items():
        found += [(student, finding) for finding in result.findings]
        found += [(student, f"{v.task}: {v.report}") for v in result.verdicts if v.status in ("timeout", "died")]
        try:
            notebook = (folders.autograded(student, made.unit) / f"{made.unit}.ipynb").read_text(encoding="utf-8")
            found += [(student, what) for what in answers.looks_around(notebook, made.release)]
            for verdict in result.verdicts:
                if not any("does the task for you" in (part.problem or "") for part in verdict.parts):
                    test = tests[f"test_{verdict.task}"]
                    found += [(student, what) for what in answers.does_not_write_itself(notebook, test, verdict.task)]
            written[student] = {task: source for task, source in answers.sources(notebook).items() if task in released}
        except (OSError, ValueError, KeyError):
            found.append((student, "the autograded notebook is gone: grade again"))
        if any(part.problem and not part.hidden for v in result.verdicts for part in v.parts):
            submission = collect.read(folders, student, made.unit)
            found += [(student, what) for what in answers.passed_at_home(submission.notebook, result)]
    found += _equal(answers.equal_answers(written, released))
    return [(who, cut(what, 300)) for who, what in found]


def _equal(groups: list[tuple[str, list[str]]]) -> list[tuple[str, str]]:
    """A line for the same students with the same answers, those first who share the most tasks."""
    shared = defaultdict(list)
    for task, students in groups:
        shared[", ".join(students)].append(task)
    most_first = sorted(shared.items(), key=lambda item: -len(item[1]))
    return [(who, f"{', '.join(tasks)}: the same answer, but for names and comments") for who, tasks in most_first]


def _tests(made: Bundle) -> set[str]:
    return {f"test_{task.name}" for task in made.tasks}


def page(report: Report) -> str:
    """The report as HTML."""
    return template("report.html").render(report=report, most=MOST)


def show(report: Report, console) -> None:
    """The report in the terminal."""
    from rich.table import Table

    def table(title, *columns):
        made = Table(title=title, title_justify="left", header_style="bold")
        for column in columns:
            made.add_column(
                column, justify="left" if column in ("student", "task", "what", "misconception") else "right", overflow="fold"
            )
        return made

    marks = table(
        f"{report.unit}: points",
        "student",
        f"total\nof {sum(report.of.values()):g}",
        *(f"{n.removeprefix('test_')}\nof {p:g}" for n, p in report.of.items()),
        "late",
    )
    for student, entry in report.entries.items():
        scores = ["…" if entry.scores.get(name) is None else f"{entry.scores[name]:g}" for name in report.of]
        marks.add_row(_plain(student), f"{entry.total:.4g}", *scores, f"−{entry.penalty:.4g}" if entry.penalty else "")
    tasks = table("tasks", "task", "mean", "all points", "none", "not written", "discrimination")
    for figures in report.tasks:
        telling = "–" if figures.discrimination is None else f"{figures.discrimination:.2f}"
        tasks.add_row(figures.name, f"{figures.mean:.0%}", str(figures.full), str(figures.none), str(figures.unwritten), telling)
    common = table("most common misconceptions", "task", "misconception", "students")
    for task, name, count in report.misconceptions[:MOST]:
        common.add_row(task, _plain(name), str(count))
    odd = table("worth a look", "student", "what")
    for who, what in [*report.unreadable, *report.odd]:
        odd.add_row(_plain(who), _plain(what))
    slow = table("slowest", "student", "seconds")
    for student, seconds in report.slowest[:5]:
        slow.add_row(_plain(student), f"{seconds:.2f}")
    for made in (marks, tasks, common, odd, slow):
        if made.row_count:
            console.print(made)
    if report.waiting:
        console.print(f"{report.waiting} submissions have an answer to be marked by hand (…)", highlight=False)


def _plain(text: str):
    """Text that a terminal shows as it is: no markup, no control characters."""
    from rich.text import Text

    return Text("".join(c if c.isprintable() else " " for c in text))
