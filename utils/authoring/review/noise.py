"""What a notebook should not carry: traces of its author or machine, generated cells gone missing, formulas that do not come out, too many bytes."""

import re

from nbformat import NotebookNode

from utils.authoring import pairing
from utils.authoring.review.cells import place, tagged, text_of

LARGEST = 1_000_000
NOTEBOOK_METADATA = {"kernelspec", "language_info", "dl4cv"}
# "cellView" and "jupyter" hide the source of a quiz, on Colab and in JupyterLab.
CELL_METADATA = {"tags", "slideshow", "nbgrader", "deletable", "editable", "cellView", "jupyter"}
HOME = re.compile(r"(?:/home/|/Users/|/root/|/tmp/|[A-Z]:\\Users\\)[^\s'\",:)]*")
BACKSLASH = re.compile(r"\\text\{[^}]*\\_[^}]*\}")
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")


def problems(notebook: NotebookNode) -> list[str]:
    return [*_notebook(notebook), *_generated(notebook), *_cells(notebook)]


def _notebook(notebook):
    for key in sorted(set(notebook.metadata) - NOTEBOOK_METADATA):
        yield f"metadata '{key}' tells about its author or editor: remove it from the notebook's metadata"
    if notebook.metadata.get("kernelspec") != pairing.KERNEL:
        yield f"its kernel is {dict(notebook.metadata.get('kernelspec', {}))}, not the one that every machine has: {pairing.KERNEL}"
    if "version" in notebook.metadata.get("language_info", {}):
        yield "language_info holds the version of Python on one machine: keep only the language's name"
    size = len(pairing.to_json(notebook).encode())
    if size > LARGEST:
        yield f"it has {size:,} bytes, more than {LARGEST:,}: show fewer or smaller figures, or lower their dpi"


def _generated(notebook):
    for tag in ("badges", "setup"):
        if len(tagged(notebook, tag)) != 1:
            yield f'it has {len(tagged(notebook, tag))} cells tagged "{tag}", and needs one: its content is written by `dl4cv build`'


def _cells(notebook):
    for index, cell in enumerate(notebook.cells):
        for key in sorted(set(cell.metadata) - CELL_METADATA):
            yield f"{place(notebook, index)}: metadata '{key}' was left by an editor: remove it from the cell's header"
        if cell.cell_type == "markdown" and (found := BACKSLASH.search(cell.source)):
            yield f"{place(notebook, index)}: MathJax shows the backslash of {found[0]}: write \\text{{a}}\\_\\text{{b}}"
        for text in map(text_of, cell.get("outputs", [])):
            if found := HOME.search(text):
                yield f"{place(notebook, index)}: its output shows a path of one machine, {found[0]}: do not print it"
            if ADDRESS.search(text):
                yield f"{place(notebook, index)}: its output shows an address in memory: end the last line with a semicolon or print less"
