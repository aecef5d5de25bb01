"""What an instructor looks for in answers and a test cannot say: equal answers, and code that may behave differently when it is graded.

Nothing here proves anything; it says where a look is worth it. Students' code is parsed, never run.
"""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase

SMALLEST = 60  # nodes of a syntax tree below which equal answers are likely by chance
LARGEST = 100_000  # characters of an answer that is looked at
LOOKS_AROUND = re.compile(
    r"NBGRADER_EXECUTION|os\.environ|getenv|get_ipython|_getframe|\binspect\b|gc\.get_|\b__builtins__|\bbuiltins\b|sys\.modules|settrace"
    r"|\bsubprocess\b|\bsocket\b|\bctypes\b|/proc/|os\.(?:fork|kill|_exit|system|popen)|__import__|monkeypatch|\bmock\b"
)


def sources(notebook: str) -> dict[str, str]:
    """The code of a notebook: by grade_id where a cell has one, by its number otherwise."""
    found = {}
    for number, cell in enumerate(json.loads(notebook)["cells"]):
        if cell["cell_type"] == "code":
            found[cell["metadata"].get("nbgrader", {}).get("grade_id") or f"cell {number + 1}"] = "".join(cell["source"])
    return found


def looks_around(notebook: str, release: str) -> list[str]:
    """Names in a student's own code that reach for the environment in which it is graded, in words."""
    released = set(sources(release).values())
    found = defaultdict(list)
    for name, source in sources(notebook).items():
        if source not in released and not name.startswith("test_"):
            for word in LOOKS_AROUND.findall(source[:LARGEST]):
                found[name].append(word)
    return [f"{name} uses {', '.join(dict.fromkeys(words))}" for name, words in found.items()]


def passed_at_home(submitted: bytes, result) -> list[str]:
    """Visible parts that the saved output of the student's own run shows as passed, and that failed when graded."""
    try:
        cells = {
            cell["metadata"]["nbgrader"]["grade_id"]: json.dumps(cell["outputs"], ensure_ascii=False)
            for cell in json.loads(submitted)["cells"]
            if cell["cell_type"] == "code" and "grade_id" in cell["metadata"].get("nbgrader", {})
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []  # a notebook that had to be mended says nothing for certain
    return [
        f"{verdict.task}: '{part.name}' passed in the student's own run, and failed when graded"
        for verdict in result.verdicts
        for part in verdict.parts
        if part.problem is not None and not part.hidden and f"✔ {part.name}:" in cells.get(f"test_{verdict.task}", "")
    ]


def does_not_write_itself(notebook: str, test: str, task: str) -> list[str]:
    """Library functions that a task's test forbids (`checks.avoids`) and that the syntax tree of the student's answer names.

    The test saw no such call, or its part would have failed: but it asked the student's own process what was called, and code in there can
    make a record lie. What the answer's functions name, and what the functions of the notebook name that they refer to, lies on this side.
    """
    patterns = _forbidden(test)
    cells = (
        {name: _tree(source) for name, source in sources(notebook).items() if not name.startswith("test_")} if patterns else {}
    )
    if not cells.get(task):
        return []
    imported = {alias: full for tree in cells.values() if tree for alias, full in _imports(tree)}
    defined = {name: node for tree in cells.values() if tree for name, node in _definitions(tree)}
    reached, waiting = set(), [name for name, _ in _definitions(cells[task])]
    while waiting:
        name = waiting.pop()
        if name in defined and name not in reached:
            reached.add(name)
            waiting += [node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)]
    named = {full for name in reached for full in _library_names(defined[name], imported)}
    found = [full for full in sorted(named) if any(_stands_for(full, pattern) for pattern in patterns)]
    return [f"{task} names {', '.join(found)}, which the task asks to write oneself"] if found else []


_METHOD = "torch._tensor.Tensor."


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """What a cell defines: functions and classes, and names that it gives to something."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))


def _tree(source: str) -> ast.Module | None:
    try:
        return ast.parse(source) if len(source) <= LARGEST else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _forbidden(test: str) -> set[str]:
    """The names and patterns that a test cell gives to `checks.avoids`, those in tuples that the cell names included."""
    tree = ast.parse(test)
    known = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "avoids":
            for given in node.args[1:]:
                value = known.get(getattr(given.value, "id", ""), given.value) if isinstance(given, ast.Starred) else given
                found |= {
                    part.value for part in ast.walk(value) if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    return found


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names that a cell imports anywhere, and the dotted names that they stand for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((a.asname, a.name) if a.asname else (a.name.partition(".")[0],) * 2 for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((a.asname or a.name, f"{node.module}.{a.name}") for a in node.names)


def _library_names(function, imported: dict[str, str]) -> Iterator[str]:
    """Dotted names of what a function takes from imported modules, and methods that it calls, as the tracer names them: x.relu() is
    torch._tensor.Tensor.relu, whatever x is."""
    own = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    own |= {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    inner = {node.value for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    called = {node.func for node in ast.walk(function) if isinstance(node, ast.Call)}
    for node in ast.walk(function):
        if isinstance(node, ast.Name | ast.Attribute) and node not in inner:
            root, parts = node, []
            while isinstance(root, ast.Attribute):
                parts.append(root.attr)
                root = root.value
            name = getattr(root, "id", None)
            if name in imported.keys() - own:
                yield ".".join([imported[name], *reversed(parts)])
            elif node in called and parts and name != "self":
                yield f"{_METHOD}{node.attr}"


def _stands_for(name: str, pattern: str) -> bool:
    """Whether a pattern of `checks.avoids` means this name; a method of who knows what only where the pattern begins with * or means methods."""
    if name.startswith(_METHOD) and not pattern.startswith(("*", _METHOD)):
        return False
    return fnmatchcase(name, pattern) or fnmatchcase(name.lower(), pattern) or name.startswith(pattern + ".")


def equal_answers(by_student: dict[str, dict[str, str]], released: dict[str, str]) -> list[tuple[str, list[str]]]:
    """Groups of students with the same answer but for names, comments and layout: (task, students), the largest answers only.

    Parameters
    ----------
    by_student : dict
        student -> task -> source.
    released : dict
        task -> the source that everyone began with, which is no one's answer.
    """
    groups = defaultdict(list)
    for student, answers in by_student.items():
        for task, source in answers.items():
            shape = normal_form(source)
            if shape and shape != normal_form(released.get(task, "")):
                groups[task, shape].append(student)
    return [(task, sorted(students)) for (task, _), students in groups.items() if len(students) > 1]


def normal_form(source: str) -> str | None:
    """A text that is the same for two answers that differ in the names of variables, comments, docstrings and layout alone.

    None if the answer is no valid Python, too small to tell anything, or too large.
    """
    if len(source) > LARGEST:
        return None
    try:
        tree = ast.parse(source)
        if sum(1 for _ in ast.walk(tree)) < SMALLEST:
            return None
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
                node.body = body[1:] or [ast.Pass()]
        own = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        own |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        names: dict[str, str] = {}
        for node in ast.walk(tree):
            for field in ("id", "arg"):
                name = getattr(node, field, None)
                if isinstance(name, str) and name in own and not isinstance(node, ast.keyword):
                    setattr(node, field, names.setdefault(name, f"name{len(names)}"))
        return ast.dump(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
