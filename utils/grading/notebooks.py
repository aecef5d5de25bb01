"""A repaired notebook as the steps that grade it, and with the outputs of its run."""

import ast
import copy

from utils.grading.records import Bundle

MAX_OUTPUT = 20 << 20  # characters of all outputs of one notebook


def steps(notebook: dict, bundle: Bundle) -> list[tuple]:
    """What to do, in the notebook's order: ("run", number of the cell, source) and ("test", task).

    A test cell is tested where it stands, so that it sees the student's names as they are there, as in nbgrader. In its place the
    student's side runs what the student saw imported there, because a later answer may use it.
    """
    tests = {f"test_{task.name}": task for task in bundle.tasks}
    result = []
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code":
            continue
        task = tests.get(cell["metadata"].get("nbgrader", {}).get("grade_id"))
        if task is None:
            result.append(("run", number, cell["source"]))
        else:
            result += [("run", number, imports(task.test)), ("test", task.name)]
    return result


def imports(source: str) -> str:
    """The imports at the top level of a test cell, those of its hidden part left out."""
    shown = source.partition("### BEGIN HIDDEN TESTS")[0]
    return "\n".join(ast.unparse(node) for node in ast.parse(shown).body if isinstance(node, ast.Import | ast.ImportFrom))


def clean(outputs) -> list[dict]:
    """Outputs that came from the student's process, as nbformat wants them. Raises ValueError if they are something else."""
    result = []
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":
            fine = {"name": output["name"] if output["name"] in ("stdout", "stderr") else "stdout", "text": _text(output["text"])}
        elif kind in ("display_data", "execute_result"):
            fine = {"data": {_text(mime): _text(value) for mime, value in output["data"].items()}, "metadata": {}}
            fine |= {"execution_count": None} if kind == "execute_result" else {}
        elif kind == "error":
            fine = {"ename": _text(output["ename"]), "evalue": _text(output["evalue"])}
            fine["traceback"] = [_text(line) for line in output["traceback"]]
        else:
            raise ValueError(f"an output of type {kind!r}")
        result.append({"output_type": kind, **fine})
    return result


def _text(value) -> str:
    if type(value) is not str:
        raise ValueError(f"an output with a {type(value).__name__} for text")
    return value


def with_outputs(notebook: dict, outputs: dict[int, list], stopped: dict[int, str], verdicts: dict) -> dict:
    """A copy of the notebook with what its cells and the tests said."""
    notebook, room = copy.deepcopy(notebook), MAX_OUTPUT
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code":
            continue
        shown = list(outputs.get(number, []))
        if number in stopped:
            shown.append({"output_type": "stream", "name": "stderr", "text": stopped[number]})
        task = cell["metadata"].get("nbgrader", {}).get("grade_id", "").removeprefix("test_")
        if task in verdicts and cell["metadata"]["nbgrader"].get("grade"):
            shown.append({"output_type": "stream", "name": "stdout", "text": verdicts[task].report})
        room -= sum(len(repr(output)) for output in shown)
        cut = [{"output_type": "stream", "name": "stderr", "text": "(this notebook's outputs are too large to keep)"}]
        cell["outputs"] = shown if room > 0 else cut
        cell["execution_count"] = None
    return notebook
