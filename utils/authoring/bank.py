"""The answer bank: right and wrong answers to every task, and a quick way to mark a notebook filled with them.

    tests/answers/<unit>/<task>/right_<what>.py    # first line: what is different about it
    tests/answers/<unit>/<task>/wrong_<what>.py    # first line: the misconception; second: `# feedback: words of the report`

Each file is the whole text of a solution cell, as a student would write it. The bank proves that a test accepts what is right, however
it is written, and refuses what is wrong with words that help. What `mark` runs, it runs in this process: for the bank's own answers,
never for a student's.
"""

import ast
import contextlib
import copy
import io
import linecache
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Answer:
    """One answer of the bank. `kind` is "right" or "wrong"; `feedback` is what the report on a wrong one must say."""

    unit: str
    task: str
    kind: str
    what: str
    source: str
    feedback: str | None


@dataclass(frozen=True)
class Verdict:
    """The points earned by one task, of how many, and what the student reads."""

    points: float
    of: float
    report: str


def answers(unit: str, root: Path) -> list[Answer]:
    """All answers of a unit of the course in `root`, sorted by task.

    Raises
    ------
    FileNotFoundError
        If the unit has no bank.
    ValueError
        If a file is named otherwise, does not begin with a comment, or is wrong and lacks the line `# feedback: ...`.
    """
    folder = Path(root) / "tests" / "answers" / unit
    if not folder.is_dir():
        raise FileNotFoundError(f"{unit} has no answer bank: make {folder}/<task>/right_<what>.py and wrong_<what>.py")
    return [_read(unit, path) for path in sorted(folder.glob("*/*.py"))]


def tasks(notebook) -> list[str]:
    """The autograded tasks in the notebook's order: a task "x" has the cells "x" and "test_x"."""
    ids = [_grade_id(cell) for cell in notebook.cells]
    return [name for name in ids if name and f"test_{name}" in ids]


def written(notebook) -> dict[str, str]:
    """The model answers of a source notebook's written questions: grade_id -> text."""
    cells = [
        cell for cell in notebook.cells if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("solution")
    ]
    return {
        _grade_id(cell): "\n".join(line for line in cell.source.splitlines() if not line.startswith("### ")).strip()
        for cell in cells
    }


def fill(notebook, sources: dict[str, str]):
    """A copy of the notebook in which the cells named in `sources` (by grade_id) hold these texts.

    Raises
    ------
    KeyError
        If the notebook has no such cell.
    """
    filled = copy.deepcopy(notebook)
    cells = {_grade_id(cell): cell for cell in filled.cells}
    for name, source in sources.items():
        if name not in cells:
            raise KeyError(f"the notebook has no cell with grade_id {name!r}; it has {sorted(filter(None, cells))}")
        cells[name].source = source
    return filled


def mark(notebook, sources: dict[str, str] | None = None, only: str | None = None) -> dict[str, Verdict]:
    """Run every code cell in order in one namespace, as nbgrader would with a kernel, and return the verdict on each task.

    `sources` replaces solution cells, as in `fill`. With `only`, no test cell but that of this task is run, which saves most of the time.
    A cell that raises does not stop the rest. A test cell earns the value of its last expression; no number, no points.
    TRUSTED code only: there is no sandbox, no time limit and no kernel here.
    """
    notebook = fill(notebook, sources or {})
    namespace = {"__name__": "__main__"}
    verdicts = {}
    names = {f"test_{task}": task for task in tasks(notebook)}
    left_out = {test for test, task in names.items() if only not in (None, task)}
    with _environment(NBGRADER_EXECUTION="autograde"):
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type != "code" or _grade_id(cell) in left_out:
                continue
            value, printed = _run(cell.source, f"<cell {number}>", namespace)
            if _grade_id(cell) in names:
                points = float(value) if type(value) in (int, float) else 0.0
                verdicts[names[_grade_id(cell)]] = Verdict(points, float(cell.metadata.nbgrader.points), printed)
    return verdicts


def compile_cell(source: str, name: str):
    """A cell's code up to its last expression, and that expression, None if it ends with a statement. `name`: its file name in tracebacks.

    Raises
    ------
    SyntaxError
    """
    from IPython.core.inputtransformer2 import TransformerManager

    source = TransformerManager().transform_cell(source)
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)  # for the line in a message
    body = ast.parse(source, name).body
    last = ast.Expression(body.pop().value) if body and isinstance(body[-1], ast.Expr) else None
    return compile(ast.Module(body, []), name, "exec"), compile(last, name, "eval") if last else None


# ----------------------------------------------------------------------------------------------------------- internals


def _read(unit: str, path: Path) -> Answer:
    kind, _, what = path.stem.partition("_")
    lines = path.read_text(encoding="utf-8").splitlines()
    if kind not in ("right", "wrong") or not what:
        raise ValueError(f"{path}: an answer is called right_<what>.py or wrong_<what>.py")
    if not lines or not lines[0].startswith("# "):
        raise ValueError(f"{path}: the first line is a comment that says what is different or wrong about this answer")
    feedback = None
    if kind == "wrong":
        label, _, feedback = (lines[1] if len(lines) > 1 else "").partition("# feedback: ")
        if label or not feedback.strip():
            raise ValueError(f"{path}: the second line of a wrong answer is `# feedback: words that the report must hold`")
        feedback = feedback.strip()
    return Answer(unit, path.parent.name, kind, what, "\n".join(lines), feedback)


def _grade_id(cell) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def _run(source: str, name: str, namespace: dict) -> tuple[object, str]:
    """The value of the cell's last expression (None if it raised) and what it printed, the error included."""
    value, out = None, io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            body, last = compile_cell(source, name)
            exec(body, namespace)
            value = eval(last, namespace) if last else None
        except (Exception, SystemExit) as error:
            print(f"{type(error).__name__}: {error}")
    return value, out.getvalue()


@contextlib.contextmanager
def _environment(**settings):
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
