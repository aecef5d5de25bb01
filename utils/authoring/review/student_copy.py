"""What a student copy must not hold: lines of solutions and hidden tests, and the marks that stand around them."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from utils.authoring.review import regions
from utils.authoring.review.release import SHORTEST_LINE, STUB, strings

OF_THE_COURSE = ("lectures", "utils")  # what it teaches in the open: a few lines in common with a solution are ordinary there
PIECE = 5  # so many lines in a row are not: a training step in PyTorch has four that are always the same
LONG_ENOUGH = 20  # characters that one line of a piece must have: a row of brackets is no piece of anything


def problems(sources: list[NotebookNode], files: dict[Path, bytes]) -> list[str]:
    """Compare every text of a copy with all regions of all assignments' sources.

    In lectures/ and utils/ nothing may stand that has PIECE lines of a region in a row (or all lines of a shorter one); anywhere else
    not one line, unless the sources show it in their open parts too.
    """
    cells = [cell for source in sources for cell in source.cells]
    open_lines = {line for cell in cells for line in _lines(regions.outside(cell.source))} | {STUB}
    secrets = [secret for cell in cells if (secret := _lines(regions.inside(cell.source)))]
    lines = {line for secret in secrets for line in secret} - open_lines
    pieces = {tuple(secret[start : start + PIECE]) for secret in secrets for start in range(max(1, len(secret) - PIECE + 1))}
    pieces = {piece for piece in pieces if set(piece) & lines and max(map(len, piece)) >= LONG_ENOUGH}
    return [problem for path, content in files.items() for problem in _of_file(path, content, lines, pieces)]


def _of_file(path, content, lines, pieces):
    for text in _texts(path, content):
        there = _lines(text.splitlines())
        if path.suffix == ".ipynb" and any(f"### {marker}" in there for marker in regions.MARKERS):
            yield f"{path.as_posix()} holds a marker of a solution or of hidden tests"
        if path.parts[0] not in OF_THE_COURSE:
            for line in sorted(lines.intersection(there)):
                yield f"{path.as_posix()} shows a line that students must not see: {line!r}"
        windows = {tuple(there[start : start + length]) for length in range(1, PIECE + 1) for start in range(len(there))}
        for piece in sorted(pieces & windows):
            yield f"{path.as_posix()} shows a piece of a solution or of hidden tests: {piece[0]!r} …"


def _texts(path: Path, content: bytes) -> list[str]:
    """The texts of a file: every text inside a notebook, the file itself if it is text, nothing if it is not."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return []
    return strings(nbformat.reads(text, as_version=4)) if path.suffix == ".ipynb" else [text]


def _lines(lines: list[str]) -> list[str]:
    return [line.strip() for line in lines if len(line.strip()) >= SHORTEST_LINE]
