"""What an instructor looks for in answers and a test cannot say: equal answers, and code that may behave differently when it is graded.

Nothing here proves anything; it says where a look is worth it. Students' code is parsed, never run.
"""

import ast
import json
import re
from collections import defaultdict

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
