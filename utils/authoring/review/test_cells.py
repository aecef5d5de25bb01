"""The grammar of a test cell (docstring of utils/checks.py), and the rules that let it run apart from the student's code."""

import ast
import builtins
import symtable

from utils.authoring.review import regions

# What looks into the student's process, or has another meaning there, against what to use.
FORBIDDEN = {
    "torch.manual_seed": "checks.seed(...)",
    "mock": "a check of what the call does",
    "inspect": "checks.trace(...)",
    "globals": "the names of solution cells, directly",
    "locals": "the names of solution cells, directly",
    "redirect_stdout": "a check of what the call returns",
    "redirect_stderr": "a check of what the call returns",
    "deepcopy": "load_state_dict",
    "__name__": "a check of what the call does",
}


def problems(source: str, points: float, answers: set[str]) -> list[str]:
    """What is wrong with a test cell worth `points`, where solution cells before it bind the names `answers`."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return [f"line {error.lineno} is not valid Python: {error.msg}"]
    return [*_grammar(tree, source, points), *_names(tree, source, answers), *_outside_parts(tree, answers)]


def _grammar(tree, source, points):
    tasks = [node for node in tree.body if isinstance(node, ast.Assign) and _called(node.value) == "checks.task"]
    if len(tasks) != 1 or [ast.unparse(target) for target in tasks[0].targets] != ["task"]:
        yield f"it needs the line `task = checks.task({points:g})` once, at the left margin"
    elif _number(tasks[0].value) != points:
        yield f"{ast.unparse(tasks[0].value)} does not state the points in the cell's metadata, {points:g}"

    elif any(keyword.arg != "seconds" or not isinstance(keyword.value, ast.Constant) for keyword in tasks[0].value.keywords):
        yield f"{ast.unparse(tasks[0].value)}: beside the points it takes only seconds=, as a number"

    hidden = [region for region in regions.regions(source)[0] if region.kind == regions.HIDDEN]
    parts = [(node, item.context_expr) for node in ast.walk(tree) if isinstance(node, ast.With) for item in node.items]
    parts = [(node, call) for node, call in parts if _called(call) == "task.part"]
    for node, call in parts:
        if _number(call) is None or node not in tree.body:
            yield f'line {node.lineno}: a part stands at the left margin and states its points as a number: `with task.part(4, "values"):`'
    total = sum(_number(call) or 0 for _, call in parts)
    if abs(total - points) > 1e-9:
        yield f"its parts hold {total:g} points, its metadata {points:g}: they must be the same"
    within = [any(region.first < node.lineno < region.last for region in hidden) for node, _ in parts]
    if not any(within):
        yield "it has no hidden part: put fresh inputs between ### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS"
    if all(within):
        yield "it has no visible part: a student who runs it learns nothing"

    last = tree.body[-1] if tree.body else None
    if last is None or ast.unparse(last) != "task.score()":
        yield "its last line must be `task.score()`: nbgrader reads the points from it"
    elif any(region.first < last.lineno < region.last for region in hidden):
        yield "`task.score()` stands in the hidden region: students would not see their result. Move it below ### END HIDDEN TESTS"


def _names(tree, source, answers):
    free = free_names(source)
    for name in sorted(free - answers - set(dir(builtins))):
        yield f"`{name}` is neither imported or assigned in this cell nor defined by a solution cell before it"
    if not free & answers:
        yield "it uses nothing that a solution cell before it defines: it tests no work of the student"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield f"line {node.lineno}: call it `_{node.name}`, so that it does not replace a `{node.name}` that the student wrote"
    for node in ast.walk(tree):
        for word in _words(node):
            if word in FORBIDDEN:
                yield f"line {getattr(node, 'lineno', '?')}: {word} does not work where the student's code runs apart: use {FORBIDDEN[word]}"


def _outside_parts(tree, answers):
    """What fails outside a part costs the whole task."""
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            continue
        if isinstance(statement, ast.With) and any(_called(item.context_expr) == "task.part" for item in statement.items):
            continue
        used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)} & answers
        if used:
            yield f"line {statement.lineno} uses `{min(used)}` outside a part, so an error there costs the whole task: move it into one"


def seconds(source: str) -> float | None:
    """The processor time that a test cell asks for: `task = checks.task(10, seconds=120)`; None if it asks for none."""
    calls = [node for node in ast.walk(ast.parse(source)) if _called(node) == "checks.task"]
    return next((float(keyword.value.value) for call in calls for keyword in call.keywords if keyword.arg == "seconds"), None)


def free_names(source: str) -> set[str]:
    """Names that a cell reads and does not bind itself."""
    return _global_reads(symtable.symtable(source, "cell", "exec")) - bound_names(source, imports=True)


def bound_names(source: str, imports: bool = False) -> set[str]:
    """Names that a cell defines at its top level: functions, classes, variables and, if asked for, imports."""
    symbols = symtable.symtable(source, "cell", "exec").get_symbols()
    return {s.get_name() for s in symbols if (s.is_assigned() and not s.is_imported()) or (imports and s.is_imported())}


def _global_reads(table) -> set[str]:
    top = table.get_type() == "module"
    names = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    return names.union(*map(_global_reads, table.get_children()))


def _called(node) -> str | None:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else None


def _number(call) -> float | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, int | float) else None


def _words(node) -> list[str]:
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [node.attr, ast.unparse(node)]
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = [alias.name for alias in node.names] + ([node.module] if getattr(node, "module", None) else [])
        return [word for name in names for word in name.split(".")]
    return []
