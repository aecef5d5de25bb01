"""A notebook from its text source and back, by jupytext, always the same bytes.

What it guarantees:
- The same source gives the same notebook on every machine: cell ids come from grade ids and sources, metadata holds no version and no author.
- The text made from a notebook gives that notebook again, so saving a paired notebook in JupyterLab leaves the source as it was.
"""

import hashlib
import re
from collections import Counter
from pathlib import Path

import jupytext
import nbformat
from jupytext.config import load_jupytext_configuration_file
from nbformat import NotebookNode

from utils.authoring.course import CourseError

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
GENERATED = ("badges", "setup", "download")


def from_text(text: str) -> NotebookNode:
    """The notebook of a py:percent source, without outputs."""
    notebook = jupytext.reads(text, "py:percent")
    for cell in notebook.cells:
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's memory of unusual blank lines: the source has the usual ones
    return normalised(notebook)


def to_text(notebook: NotebookNode, root: Path) -> str:
    """The py:percent source of a notebook, as JupyterLab writes it with the course's jupytext.toml."""
    settings = root / "jupytext.toml"
    if not settings.is_file():
        raise CourseError("jupytext.toml is missing: it holds how a notebook is written as text")
    format = {"extension": ".py", "format_name": "percent"}
    load_jupytext_configuration_file(str(settings)).set_default_format_options(format)
    return jupytext.writes(sorted_metadata(notebook), format)


def normalised(notebook: NotebookNode) -> NotebookNode:
    """A copy with stable cell ids and nothing in its metadata but the kernel's name and what `dl4cv build` measured."""
    cells = [NotebookNode({**cell, "id": id}) for cell, id in zip(notebook.cells, cell_ids(notebook), strict=True)]
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    if "dl4cv" in notebook.metadata:
        metadata["dl4cv"] = notebook.metadata["dl4cv"]
    return nbformat.from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def cell_ids(notebook: NotebookNode) -> list[str]:
    """An id for every cell: its grade id, its tag if it is generated, or a hash of its source; repeated ones are numbered."""
    seen, ids = Counter(), []
    for cell in notebook.cells:
        id = (
            cell.metadata.get("nbgrader", {}).get("grade_id")
            or tag(cell)
            or hashlib.sha256(cell.source.encode()).hexdigest()[:12]
        )
        id = re.sub(r"[^A-Za-z0-9_-]", "-", id)[:60]
        seen[id] += 1
        ids.append(id if seen[id] == 1 else f"{id}-{seen[id]}")
    return ids


def tag(cell: NotebookNode) -> str | None:
    """ "badges", "setup" or "download" for a generated cell."""
    return next((tag for tag in cell.metadata.get("tags", []) if tag in GENERATED), None)


def to_json(notebook: NotebookNode) -> str:
    """The text of the .ipynb file."""
    return nbformat.writes(notebook, version=4) + "\n"


def sorted_metadata(notebook: NotebookNode) -> NotebookNode:
    """As after a save in JupyterLab, which sorts all keys: the header of a cell must not depend on who wrote it last."""
    return nbformat.reads(nbformat.writes(notebook, version=4), as_version=4)
