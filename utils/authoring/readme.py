"""The README's map of the units: links, and what was measured and counted."""

import re
from pathlib import Path

from nbformat import NotebookNode

from utils.authoring.course import CourseError, Settings, Unit, students
from utils.authoring.generated import links, minutes, pull_link, worth

BEGIN, END = "<!-- units:begin -->", "<!-- units:end -->"
HEAD = ["Unit", "Lecture", "Minutes", "Runs in", "Memory", "Assignment", "Points", "Tasks"]


def fill(readme: str, rows: list[list[str]], settings: Settings) -> str:
    """The README with the map between its two markers, the course's address after `git clone`, and the students' link for a JupyterHub."""
    if readme.count(BEGIN) != 1 or readme.count(END) != 1 or readme.index(BEGIN) > readme.index(END):
        raise CourseError(f"the map of units goes between the lines {BEGIN} and {END}: put each there once")
    before, rest = readme.split(BEGIN)
    table = [HEAD, ["---"] * len(HEAD), *rows] if rows else []
    lines = "".join(f"| {' | '.join(row)} |\n" for row in table)
    filled = f"{before}{BEGIN}\n{lines}{END}{rest.split(END)[1]}"
    filled = re.sub(r"(?<=git clone )\S+", settings.repository, filled)
    return re.sub(r"https://YOUR_HUB/[^\s`]+", lambda _: pull_link(students(settings)), filled)


def row(unit: Unit, lecture: NotebookNode | None, assignment: NotebookNode | None, settings: Settings) -> list[str]:
    """One line of the map, from the unit's notebooks; a dash for what there is none of, or what was not measured yet."""
    title = next((_title(notebook) for notebook in (lecture, assignment) if notebook), unit.name)
    cells = [title]
    if lecture:
        measured = lecture.metadata.get("dl4cv", {})
        cells += [f"[open]({unit.lecture.as_posix()}) · {_elsewhere(unit.lecture, settings)}", f"{minutes(lecture)}"]
        cells += [f"{measured['seconds']} s", f"{measured['memory_mb']} MB"] if measured else ["–", "–"]
    else:
        cells += ["–"] * 4
    if assignment:
        points, tasks = worth(assignment)
        cells += [f"[open]({unit.exercise.as_posix()}) · {_elsewhere(unit.exercise, settings)}", f"{points:g}", str(tasks)]
    else:
        cells += ["–"] * 3
    return cells


def _elsewhere(path: Path, settings: Settings) -> str:
    return links(path, settings).replace("Open in ", "")


def _title(notebook: NotebookNode) -> str:
    first = notebook.cells[0].source.splitlines() if notebook.cells else []
    return first[0].removeprefix("# ").replace("|", "\\|") if first else "untitled"
