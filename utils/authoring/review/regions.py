"""Regions between ### BEGIN ... and ### END ... markers. nbgrader takes a misspelt marker for an ordinary comment, and releases what follows."""

import difflib
import re
from dataclasses import dataclass

SOLUTION, HIDDEN = "SOLUTION", "HIDDEN TESTS"
MARKERS = [f"{side} {kind}" for kind in (SOLUTION, HIDDEN) for side in ("BEGIN", "END")]


@dataclass(frozen=True)
class Region:
    """Lines first to last of a source, counted from 1, markers included."""

    kind: str
    first: int
    last: int


def regions(source: str) -> tuple[list[Region], list[str]]:
    """The regions of a cell's source, and what is wrong with its markers."""
    found, problems, begun = [], [], None
    for number, line in enumerate(source.splitlines(), 1):
        marker = line.strip().removeprefix("### ")
        if line.strip() not in {f"### {m}" for m in MARKERS}:
            if meant := _meant(line):
                problems.append(
                    f"line {number}, {line.strip()!r}, is not the marker '### {meant}': write it so, alone on its line"
                )
            continue
        side, kind = marker.split(" ", 1)
        if side == "BEGIN" and begun:
            problems.append(f"line {number}: '### {marker}' inside the region that line {begun[1]} begins: end that one first")
        elif side == "BEGIN":
            begun = (kind, number)
        elif not begun or begun[0] != kind:
            problems.append(f"line {number}: '### {marker}' without '### BEGIN {kind}' before it")
        else:
            found.append(Region(kind, begun[1], number))
            begun = None
    if begun:
        problems.append(f"line {begun[1]}: '### BEGIN {begun[0]}' is never ended: add '### END {begun[0]}'")
    return found, problems


def inside(source: str, kind: str | None = None) -> list[str]:
    """The lines within regions, without markers."""
    lines = source.splitlines()
    return [line for r in regions(source)[0] if kind in (None, r.kind) for line in lines[r.first : r.last - 1]]


def outside(source: str) -> list[str]:
    """The lines that everyone may see."""
    hidden = {n for region in regions(source)[0] for n in range(region.first, region.last + 1)}
    return [line for number, line in enumerate(source.splitlines(), 1) if number not in hidden]


def _meant(line: str) -> str | None:
    """The marker that a line was probably meant to be."""
    for marker in MARKERS:
        if marker in line.upper():
            return marker
    if not line.strip().startswith("#"):
        return None
    words = " ".join(re.sub(r"[^A-Z]", " ", line.upper()).split())
    return next(iter(difflib.get_close_matches(words, MARKERS, n=1, cutoff=0.8)), None)
