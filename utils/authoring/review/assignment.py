"""The source of an assignment: title, grade ids, locks, points, and for each task a statement, hints, a solution cell and a test cell."""

import re

from nbformat import NotebookNode

from utils.authoring.review import regions, test_cells
from utils.authoring.review.cells import graded, is_answer, is_test, is_written, place

POINTS = 100
FEWEST_TASKS = 6
FEWEST_HINTS = 3


def problems(notebook: NotebookNode) -> list[str]:
    return [
        *_title(notebook),
        *_markers(notebook),
        *_grade_ids(notebook),
        *_locks(notebook),
        *_points(notebook),
        *_tasks(notebook),
        *_tests(notebook),
    ]


def _title(notebook):
    if not notebook.cells or not re.match(r"# \S", notebook.cells[0].source):
        yield "its first cell must be the title, `# NN · Name`"


def _markers(notebook):
    for index, cell in enumerate(notebook.cells):
        found, wrong = regions.regions(cell.source)
        yield from (f"{place(notebook, index)}: {problem}" for problem in wrong)
        for region in found:
            if region.kind == regions.SOLUTION and not graded(cell).get("solution"):
                yield f"{place(notebook, index)} has a SOLUTION region, but is no solution cell: nbgrader would release it"
            if region.kind == regions.HIDDEN and not is_test(cell):
                yield f"{place(notebook, index)} has a HIDDEN TESTS region, but is no test cell"
        if graded(cell).get("solution") and not any(region.kind == regions.SOLUTION for region in found):
            yield f"{place(notebook, index)} is a solution cell without ### BEGIN SOLUTION and ### END SOLUTION: mark the part to remove"


def _grade_ids(notebook):
    seen = {}
    for index, cell in enumerate(notebook.cells):
        if not graded(cell):
            continue
        id = graded(cell).get("grade_id")
        if not id or not re.fullmatch(r"[a-z0-9_]+", id):
            yield f"{place(notebook, index)}: grade_id {id!r} must be a name in small letters, digits and _"
        elif id in seen:
            yield f"{place(notebook, index)} has the grade_id of cell {seen[id] + 1}: every one must be different"
        seen.setdefault(id, index)


def _locks(notebook):
    for index, cell in enumerate(notebook.cells):
        if not graded(cell):
            continue
        locked, solution = bool(graded(cell).get("locked")), bool(graded(cell).get("solution"))
        if solution and locked:
            yield f'{place(notebook, index)} is for the student\'s answer, but locked: set "locked": false'
        if not solution and not locked:
            kind = "a test" if is_test(cell) else "a task" if graded(cell).get("task") else "a read-only"
            yield f'{place(notebook, index)} is {kind} cell that students could change: set "locked": true'


def _points(notebook):
    total = 0
    for index, cell in enumerate(notebook.cells):
        if graded(cell).get("grade") or graded(cell).get("task"):
            points = graded(cell).get("points")
            if not isinstance(points, int | float) or points <= 0:
                yield f"{place(notebook, index)} is worth {points!r} points: state a number above 0"
            else:
                total += points
    if total != POINTS:
        yield f"its points add up to {total:g}, not {POINTS}"


def _tasks(notebook):
    ids = [graded(cell).get("grade_id") for cell in notebook.cells]
    tests = [index for index, cell in enumerate(notebook.cells) if is_test(cell)]
    answers = [index for index, cell in enumerate(notebook.cells) if is_answer(cell)]
    if len(tests) < FEWEST_TASKS:
        yield f"it has {len(tests)} tasks graded by tests, and needs at least {FEWEST_TASKS}"
    if not any(map(is_written, notebook.cells)):
        yield 'it has no written answer: add a markdown cell with "grade": true, "solution": true, "locked": false'
    for index in tests:
        task = str(ids[index]).removeprefix("test_")
        if ids[index] != f"test_{task}" or task not in [ids[i] for i in answers if i < index]:
            yield f"{place(notebook, index)}: a test cell is named test_<task>, after the solution cell <task> above it"
    for index in answers:
        if f"test_{ids[index]}" not in [ids[i] for i in tests]:
            yield f"{place(notebook, index)} is a solution cell without a test cell 'test_{ids[index]}'"
        above = notebook.cells[max([i for i in tests if i < index], default=-1) + 1 : index]
        text = "\n".join(cell.source for cell in above if cell.cell_type == "markdown")
        if len(re.findall(r"<summary>\s*Hint", text)) < FEWEST_HINTS:
            yield f"{place(notebook, index)}: fewer than {FEWEST_HINTS} hints above it (<details><summary>Hint 1 · …</summary> … </details>)"
        if not any(cell.cell_type == "markdown" and graded(cell).get("locked") for cell in above):
            yield f"{place(notebook, index)}: no statement above it (a locked read-only markdown cell)"


def _tests(notebook):
    answers: set[str] = set()
    for index, cell in enumerate(notebook.cells):
        if is_answer(cell):
            try:
                answers |= test_cells.bound_names(cell.source)
            except SyntaxError as error:
                yield f"{place(notebook, index)}: line {error.lineno} is not valid Python: {error.msg}"
        elif is_test(cell):
            for problem in test_cells.problems(cell.source, graded(cell).get("points", 0), answers):
                yield f"{place(notebook, index)}: {problem}"
