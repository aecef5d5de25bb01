"""The grammar of a lecture: its cells in order, claims, quiz, slides; and, once it has run, its outputs."""

import ast
import re

from nbformat import NotebookNode

from utils.authoring import prose
from utils.authoring.course import Unit
from utils.authoring.review.cells import place, tagged, text_of

FEWEST_CLAIMS = 5
FEWEST_CHECKED = 3
CHECKED = "nbval-check-output"
MOST_SECONDS = 90
MOST_MEMORY_MB = 1500


def problems(notebook: NotebookNode, unit: Unit) -> list[str]:
    """What is wrong with the source of a lecture."""
    return [*_opening(notebook, unit), *_content(notebook, unit), *_slides(notebook)]


def output_problems(notebook: NotebookNode) -> list[str]:
    """What is wrong with an executed lecture."""
    return [*_measured(notebook), *_outputs(notebook), *_checked(notebook), *prose.problems(notebook)]


def _opening(notebook, unit):
    cells = notebook.cells
    if not cells or not re.match(rf"# {unit.name[:2]} · \S", cells[0].source):
        yield f"its first cell must be the title, `# {unit.name[:2]} · Name`"
    if tagged(notebook, "badges") not in ([], [1]):
        yield 'the cell tagged "badges" must come right after the title'
    code = [index for index, cell in enumerate(cells) if cell.cell_type == "code"]
    if tagged(notebook, "setup") not in ([], code[:1]):
        yield 'the cell tagged "setup" must be the first code cell'
    opening = []
    for cell in cells:
        if cell.cell_type == "markdown" and re.search(r"^## ", cell.source, re.M):
            break
        opening.append(cell.source)
    for words in ("You will be able to", "You need"):
        if words not in "\n".join(opening):
            yield f'its opening, before the first section, does not say "{words}"'


def _content(notebook, unit):
    headings = [h.strip() for c in notebook.cells if c.cell_type == "markdown" for h in re.findall(r"^## (.+)$", c.source, re.M)]
    if "Summary" not in headings:
        yield "it has no section `## Summary`"
    calls, modules = [], set()
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.M))  # magics are not Python
        except SyntaxError as error:
            yield f"{place(notebook, index)}: line {error.lineno} is not valid Python: {error.msg}"
            continue
        calls += [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
        modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    claims = sum(call.split(".")[-1] == "claim" for call in calls)
    if claims < FEWEST_CLAIMS:
        yield f"it makes {claims} claims, and needs at least {FEWEST_CLAIMS}: claim(what, condition) for what the prose states"
    if "quiz.show" not in calls:
        yield "it has no quiz: call quiz.show([...])"
    for wing in ("utils.authoring", "utils.grading"):
        if any(module.startswith(wing) for module in modules):
            yield f"it imports {wing}, which is for authors and instructors only"
    link = f"../exercises/{unit.name}/{unit.name}.ipynb"
    if not any(f"]({link})" in cell.source for cell in notebook.cells if cell.cell_type == "markdown"):
        yield f"it has no link to its assignment: [...]({link})"


def _slides(notebook):
    for index, cell in enumerate(notebook.cells):
        starts = cell.cell_type == "markdown" and re.match(r"##? ", cell.source)
        if starts and cell.metadata.get("slideshow", {}).get("slide_type") not in ("slide", "subslide"):
            yield f'{place(notebook, index)} begins a section, and so a slide: add slideshow={{"slide_type": "slide"}} to its header'


def _measured(notebook):
    measured = notebook.metadata.get("dl4cv", {})
    if measured.get("seconds", 0) > MOST_SECONDS:
        yield f"it runs {measured['seconds']} s, longer than {MOST_SECONDS}: do less in the longest cells (or measure on a quiet machine: --force)"
    if measured.get("memory_mb", 0) > MOST_MEMORY_MB:
        yield f"it needs {measured['memory_mb']} MB, more than {MOST_MEMORY_MB}, which Binder may not have"


def _outputs(notebook):
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                yield f"{place(notebook, index)} shows an error, {output.ename}: catch what a lecture wants to show, and print it"
            if output.output_type == "stream" and output.name == "stderr":
                yield f"{place(notebook, index)} prints a warning or error: {output.text.strip()[:100]!r}: put right what causes it"


def _checked(notebook):
    checked = tagged(notebook, CHECKED)
    if len(checked) < FEWEST_CHECKED:
        yield f'{len(checked)} cells are tagged "{CHECKED}", and at least {FEWEST_CHECKED} must be: nbval compares nothing else'
    for index in checked:
        outputs = notebook.cells[index].get("outputs", [])
        if not any(text_of(output).strip() for output in outputs):
            yield f'{place(notebook, index)} is tagged "{CHECKED}", but shows no text that could be compared'
        if any(kind.startswith(("image/", "application/")) for output in outputs for kind in output.get("data", {})):
            yield f'{place(notebook, index)} is tagged "{CHECKED}" and shows a picture: put the text to compare in a cell of its own'
