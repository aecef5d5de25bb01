"""How messages name a cell, and what kind of nbgrader cell it is."""

from nbformat import NotebookNode


def place(notebook: NotebookNode, index: int) -> str:
    """A cell's name in a message: its grade id if it has one, otherwise its number and first line."""
    cell = notebook.cells[index]
    id = graded(cell).get("grade_id")
    first = next((line.strip() for line in cell.source.splitlines() if line.strip()), "empty")
    return f"cell '{id}'" if id else f"cell {index + 1} ({first[:50]})"


def graded(cell: NotebookNode) -> dict:
    """The cell's nbgrader metadata; empty if it has none."""
    return cell.metadata.get("nbgrader", {})


def is_test(cell: NotebookNode) -> bool:
    """Graded by running it."""
    return bool(graded(cell).get("grade")) and not graded(cell).get("solution") and cell.cell_type == "code"


def is_answer(cell: NotebookNode) -> bool:
    """Code that the student writes and a test cell grades."""
    return bool(graded(cell).get("solution")) and not graded(cell).get("grade") and cell.cell_type == "code"


def is_written(cell: NotebookNode) -> bool:
    """A written answer, marked by hand."""
    return bool(graded(cell).get("solution")) and bool(graded(cell).get("grade")) and cell.cell_type == "markdown"


def tagged(notebook: NotebookNode, tag: str) -> list[int]:
    """The indices of the cells with a tag."""
    return [index for index, cell in enumerate(notebook.cells) if tag in cell.metadata.get("tags", [])]


def text_of(output: NotebookNode) -> str:
    """What a text reader sees of an output."""
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return "\n".join([f"{output.ename}: {output.evalue}", *output.traceback])
    return "".join(text for kind, text in output.get("data", {}).items() if kind.startswith("text/"))
