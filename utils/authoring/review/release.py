"""What students get: no line of a solution or hidden test, no marker, no output; stubs to fill in, and everything else locked."""

import ast

import nbformat
from nbformat import NotebookNode

from utils.authoring.review import regions
from utils.authoring.review.cells import graded, is_answer, place

STUB = "raise NotImplementedError"
SHORTEST_LINE = 6  # shorter lines ("x = 1", ")") give nothing away
PIECE = 3  # so many lines in a row are a piece of a solution, or the whole of a shorter one


def problems(source: NotebookNode, release: NotebookNode) -> list[str]:
    """Compare the release of an assignment with its source."""
    return [*_leaks(source, release), *_shared_code(source, release), *_markers(release), *_cells(source, release)]


def _leaks(source, release):
    """A secret line that stands anywhere in the release, metadata and attachments included, and not in the open part of the source."""
    everything = "\n".join(strings(release))
    open_text = "\n".join(line for cell in source.cells for line in regions.outside(cell.source)) + "\n" + STUB
    for index, cell in enumerate(source.cells):
        for line in _secret_lines(cell.source):
            if line in everything and line not in open_text:
                yield f"{place(source, index)}: a line that students must not see is in the release: {line!r}"


def _shared_code(source, release):
    """A piece of a solution that the release shows in a code cell, because the source has it a second time, outside its region.

    A single line in common is ordinary: a test computes the same thing in its own way.
    """
    for cell in source.cells:
        secret = _secret_lines(cell.source, regions.SOLUTION)
        length = min(PIECE, len(secret))
        pieces = {tuple(secret[start : start + length]) for start in range(len(secret) - length + 1)} if length else set()
        for index, released in enumerate(release.cells):
            if released.cell_type == "code":
                lines = _long_enough(released.source.splitlines())
                shown = [lines[start : start + length] for start in range(len(lines) - length + 1)]
                shown = [piece for piece in shown if tuple(piece) in pieces and any(len(line) >= 20 for line in piece)]
                if shown:
                    yield f"{place(release, index)} shows a piece of the solution of '{graded(cell).get('grade_id')}': {shown[0][0]!r} …"


def _markers(release):
    for index, cell in enumerate(release.cells):
        for line in cell.source.splitlines():
            if any(marker in line.upper() for marker in regions.MARKERS):
                yield f"{place(release, index)} holds the marker {line.strip()!r}: what it marks was released with it"


def _cells(source, release):
    kept = [graded(cell).get("grade_id") for cell in release.cells]
    for index, cell in enumerate(source.cells):
        if graded(cell) and graded(cell).get("grade_id") not in kept:
            yield f"{place(source, index)} is missing in the release"
    for index, cell in enumerate(release.cells):
        if cell.get("outputs"):
            yield f"{place(release, index)} has outputs: a release has none"
        if graded(cell) and not graded(cell).get("solution") and not graded(cell).get("locked"):
            yield f"{place(release, index)} is not locked in the release"
        if is_answer(cell):
            yield from _stub(place(release, index), cell.source)


def _stub(where, code):
    try:
        ast.parse(code)
    except SyntaxError as error:
        yield f"{where}: what is left without the solution is not valid Python (line {error.lineno}: {error.msg})"
    if STUB not in code:
        yield f"{where}: the stub is not `{STUB}`: see code_stub in nbgrader_config.py"


def _secret_lines(code: str, kind: str | None = None) -> list[str]:
    return _long_enough(regions.inside(code, kind))


def _long_enough(lines: list[str]) -> list[str]:
    return [line.strip() for line in lines if len(line.strip()) >= SHORTEST_LINE]


def strings(value) -> list[str]:
    """Every text in a notebook."""
    if isinstance(value, str):
        return [value]
    values = value.values() if isinstance(value, dict | nbformat.NotebookNode) else value if isinstance(value, list) else []
    return [text for inner in values for text in strings(inner)]
