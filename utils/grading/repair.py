"""A submitted notebook made fit for grading: every cell of the assignment is in it once, with the text and the points that belong to it.

What it guarantees:
- Whatever bytes were handed in, it returns. What cannot be read is said in words, and there is no notebook then.
- Each cell of the assignment is there exactly once, of its own type, with its own flags and points. Tests and locked cells have their own text.
- What the student wrote is kept in the student's order: answers, cells of their own, and copies of cells (as cells of their own).
- The findings say what was mended. The notebook of a student who only filled in answers and added cells gives none.
"""

import copy
import functools
import json
import re
from dataclasses import dataclass, field

from utils.grading.records import Bundle, Submission

MOST_BYTES = 50_000_000  # a notebook with this many pictures is a mistake
MOST_CELLS = 2_000
FLAGS = ("grade", "solution", "locked", "task")


@dataclass(frozen=True)
class Repaired:
    """The notebook (nbformat 4, as plain dictionaries, without outputs), or None if it could not be read; and what was found."""

    notebook: dict | None
    findings: tuple[str, ...]


class Unreadable(Exception):
    """The submission is no notebook. The message says why, in words for student and teacher."""


def repair(bundle: Bundle, submission: Submission) -> Repaired:
    """The submission as it can be graded. Never raises."""
    try:
        handed_in, findings = _read(submission.notebook)
    except Unreadable as problem:
        # with nothing handed in, how that came about is already said
        said = () if submission.findings and not submission.notebook else (str(problem),)
        return Repaired(None, (*submission.findings, *said))
    wanted = _wanted(bundle.master, bundle.release)
    more = _match(handed_in, wanted)
    cells, missing = _in_place(handed_in, wanted)
    notebook = {"cells": _written(cells), "metadata": copy.deepcopy(_loaded(bundle.master)["metadata"])}
    notebook |= {"nbformat": 4, "nbformat_minor": 5}
    return Repaired(notebook, (*submission.findings, *findings, *more, *missing))


# -------------------------------------------------------------------------------------------------------------- reading


@dataclass
class _Cell:
    """A cell as it was handed in. `wanted`: the cell of the assignment that it turned out to be."""

    kind: str
    source: str
    id: str | None
    label: dict  # its nbgrader metadata
    attachments: dict
    wanted: "_Wanted | None" = None


def _read(data: bytes) -> tuple[list[_Cell], list[str]]:
    """The cells of a file, and what was odd about it."""
    if not data:
        raise Unreadable("the file is empty")
    if len(data) > MOST_BYTES:
        raise Unreadable(too_large(len(data)))
    text, findings = _decode(data)
    try:
        found = json.loads(text)
    except RecursionError:
        raise Unreadable("the file is nested too deeply to be a notebook") from None
    except (ValueError, MemoryError) as error:
        marker = re.search(r"^(<<<<<<<|=======|>>>>>>>)", text, re.MULTILINE)
        if marker:
            line = text.count("\n", 0, marker.start()) + 1
            raise Unreadable(
                f"line {line} of the file is a conflict marker of git ({marker[0]}): the merge was not finished"
            ) from None
        raise Unreadable(f"the file is no notebook, because it is not valid JSON: {str(error)[:200]}") from None
    cells = _cells(found)
    if len(cells) > MOST_CELLS:
        raise Unreadable(f"the notebook has {len(cells):,} cells; at most {MOST_CELLS:,} are graded")
    good = [_cell(cell) for cell in cells if isinstance(cell, dict)]
    if len(good) < len(cells):
        findings.append(f"{len(cells) - len(good)} entries of the notebook are no cells, and were left out")
    return good, findings


def too_large(size: int) -> str:
    return f"the file has {size / 1e6:,.0f} MB; at most {MOST_BYTES / 1e6:.0f} MB are read"


def _decode(data: bytes) -> tuple[str, list[str]]:
    encoding = "utf-8"
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        encoding = "utf-32"
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif data.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding, text = "latin-1", data.decode("latin-1")
    return text, [] if encoding == "utf-8" else [f"the file is encoded as {encoding}, not as utf-8, and was read as that"]


def _cells(found) -> list:
    """The list of cells of a notebook, of an old one too (nbformat 3 keeps them in worksheets)."""
    if isinstance(found, dict) and isinstance(found.get("cells"), list):
        return found["cells"]
    if isinstance(found, dict) and isinstance(found.get("worksheets"), list):
        sheets = [sheet.get("cells") for sheet in found["worksheets"] if isinstance(sheet, dict)]
        return [cell for sheet in sheets if isinstance(sheet, list) for cell in sheet]
    raise Unreadable("the file is valid JSON, but no notebook: it has no list of cells")


def _cell(raw: dict) -> _Cell:
    source = raw.get("source", raw.get("input"))  # nbformat 3 calls the source of a code cell its input
    lines = source if isinstance(source, list) else [source]
    source = _clean("".join(line for line in lines if isinstance(line, str)))
    kind = raw.get("cell_type")
    if kind == "heading":
        kind, source = "markdown", f"# {source}"
    metadata = raw.get("metadata")
    label = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    id = raw.get("id")
    return _Cell(
        kind if kind in ("code", "markdown") else "raw",
        source,
        id if isinstance(id, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", id) else None,
        label if isinstance(label, dict) else {},
        _attachments(raw.get("attachments")),
    )


def _clean(text: str) -> str:
    """The text without halves of characters, which no file can hold."""
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _attachments(found) -> dict:
    """Pictures pasted into a written answer: name -> type -> data."""
    good = {}
    for name, kinds in found.items() if isinstance(found, dict) else ():
        if isinstance(kinds, dict) and all(isinstance(data, str) for data in kinds.values()):
            good[_clean(name)] = {_clean(kind): _clean(data) for kind, data in kinds.items()}
    return good


# ------------------------------------------------------------------------------------------------------------- matching


@dataclass(frozen=True)
class _Wanted:
    """A cell of the assignment: as it is graded (`cell`), and as students were given it (`released`)."""

    name: str
    cell: dict
    released: str
    label: dict
    locked: bool
    defines: frozenset = field(default=frozenset())

    def is_answered_by(self, source: str) -> bool:
        return bool(source.strip()) and _plain(source) != _plain(self.released)


@functools.lru_cache(maxsize=8)
def _loaded(notebook: str) -> dict:
    return json.loads(notebook)


@functools.lru_cache(maxsize=8)
def _wanted(master: str, release: str) -> dict[str, _Wanted]:
    """The cells of the assignment that have a grade_id, in order."""
    released = {name: _source(cell) for cell in _loaded(release)["cells"] if (name := _label(cell).get("grade_id"))}
    wanted = {}
    for cell in _loaded(master)["cells"]:
        label = _label(cell)
        name = label.get("grade_id")
        if name:
            cell = {**cell, "source": _source(cell)}
            solution = bool(label.get("solution"))
            defines = re.findall(r"^(?:def|class)\s+(\w+)", cell["source"], re.MULTILINE) if solution else []
            wanted[name] = _Wanted(name, cell, released[name], label, not solution, frozenset(defines))
    return wanted


def _match(cells: list[_Cell], wanted: dict[str, _Wanted]) -> list[str]:
    """Find out which cell of the assignment each cell is (`wanted`), and say what is not as it was released."""
    claims: dict[str, list[_Cell]] = {name: [] for name in wanted}
    strangers = []
    for cell in cells:
        name = cell.label.get("grade_id")
        if isinstance(name, str) and name in claims:
            claims[name].append(cell)
        elif name is not None:
            strangers.append(_short(name))
    lost = [name for name, claimants in claims.items() if not claimants]
    spare = [cell for cell in cells if not isinstance(cell.label.get("grade_id"), str) or cell.label["grade_id"] not in claims]
    recognised = []
    for name in lost:
        cell = _recognise(wanted[name], spare)
        if cell:
            spare = [other for other in spare if other is not cell]
            claims[name].append(cell)
            recognised.append(name)
    copied, changed, flags = [], [], []
    for name, claimants in claims.items():
        if not claimants:
            continue
        best = max(
            range(len(claimants)),
            key=lambda i: (wanted[name].is_answered_by(claimants[i].source), bool(claimants[i].source.strip()), i),  # noqa: B023
        )
        cell = claimants[best]
        cell.wanted = wanted[name]
        if len(claimants) > 1:
            copied.append(name)
        if wanted[name].locked and _plain(cell.source) not in (
            _plain(wanted[name].released),
            _plain(wanted[name].cell["source"]),
        ):
            changed.append(name)
        if name not in recognised:
            flags += _changed_flags(cell, wanted[name])
    if wanted and not any(cell.wanted for cell in cells):
        return ["no cell of this assignment is in the notebook: it may be another one"]
    return [
        *_about(strangers, "is no cell of this assignment, and was kept as a cell of the student's own", "are no cells of this assignment, and were kept as cells of the student's own"),
        *_about(recognised, "had lost its label, and was recognised by what it holds", "had lost their labels, and were recognised by what they hold"),
        *_about(copied, "is there more than once: the last copy that holds an answer counts", "are there more than once: the last copy that holds an answer counts"),
        *_about(changed, "is locked, and differs from the release: it was restored", "are locked, and differ from the release: they were restored"),
        *flags,
    ]  # fmt: skip


def _recognise(wanted: _Wanted, spare: list[_Cell]) -> _Cell | None:
    """The last cell without a label that must be this one: by its id, its text, or the function that it defines."""
    for cell in reversed(spare):
        same_text = wanted.locked and _plain(cell.source) == _plain(wanted.released)
        defines = wanted.defines and wanted.defines <= set(re.findall(r"^(?:def|class)\s+(\w+)", cell.source, re.MULTILINE))
        if cell.id == wanted.cell.get("id") or same_text or defines:
            return cell
    return None


def _changed_flags(cell: _Cell, wanted: _Wanted) -> list[str]:
    changes = []
    if cell.kind != wanted.cell["cell_type"]:
        changes.append(f"its type was changed from {wanted.cell['cell_type']} to {cell.kind}")
    for flag in FLAGS:
        if bool(cell.label.get(flag)) != bool(wanted.label.get(flag)):
            changes.append(f"its mark {flag!r} was flipped")
    given, points = cell.label.get("points"), wanted.label.get("points")
    if wanted.label.get("grade") and not (isinstance(given, int | float) and given == points):
        changes.append(f"its points were changed from {points:g} to {_short(given)}")
    return [f"cell {wanted.name!r}: {', '.join(changes)}; all is as released again"] if changes else []


def _in_place(cells: list[_Cell], wanted: dict[str, _Wanted]) -> tuple[list[_Cell], list[str]]:
    """The cells with every missing one put back after the one that it follows in the assignment; and which these were."""
    place = {cell.wanted.name: cell for cell in cells if cell.wanted}
    cells, before, missing = list(cells), None, []
    for name, want in wanted.items():
        if name not in place:
            at = next((i + 1 for i, cell in enumerate(cells) if cell is before), 0)
            place[name] = _Cell(want.cell["cell_type"], want.released, None, {}, {}, want)
            cells.insert(at, place[name])
            missing.append(name)
        before = place[name]
    return cells, _about(missing, "was missing, and was put back as released", "were missing, and were put back as released")


def _written(cells: list[_Cell]) -> list[dict]:
    """The cells as they stand in a notebook file."""
    taken = {cell.wanted.cell.get("id") for cell in cells if cell.wanted}
    written = []
    for number, cell in enumerate(cells):
        if cell.wanted:
            kind, id = cell.wanted.cell["cell_type"], cell.wanted.cell.get("id")
            metadata = copy.deepcopy(cell.wanted.cell["metadata"])
            source = cell.wanted.cell["source"] if cell.wanted.locked else cell.source
        else:
            kind, metadata, source = cell.kind, {}, cell.source
            id = cell.id if cell.id and cell.id not in taken else f"own-{number}"
            while id in taken:
                id += "-"
            taken.add(id)
        new = {"cell_type": kind, "id": id, "metadata": metadata, "source": source}
        if kind == "code":
            new |= {"execution_count": None, "outputs": []}
        elif cell.attachments:
            new["attachments"] = cell.attachments
        written.append(new)
    return written


# ----------------------------------------------------------------------------------------------------------- internals


def _label(cell: dict) -> dict:
    return cell["metadata"].get("nbgrader", {})


def _source(cell: dict) -> str:
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def _plain(source: str) -> str:
    """The text without white space at the ends of lines, which editors add and remove."""
    return "\n".join(line.rstrip() for line in source.splitlines()).strip()


def _short(value) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of too many digits, a list nested too deeply
        text = type(value).__name__
    return text if len(text) <= 40 else text[:39] + "…"


def _about(names: list[str], one: str, several: str) -> list[str]:
    """One finding about the cells of these names."""
    if not names:
        return []
    shown = ", ".join(name if name.startswith("'") else repr(name) for name in names[:8]) + (" …" if len(names) > 8 else "")
    return [f"cell {shown} {one}" if len(names) == 1 else f"{len(names)} cells ({shown}) {several}"]
