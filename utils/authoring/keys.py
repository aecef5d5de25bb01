"""The key of a lecture: it changes when what the lecture would show may have changed.

It covers the lecture's code cells (not its prose, and not the generated cells: they cannot change an output) and every file of `utils` that
the lecture imports, directly or through other modules, with the data files of the packages among them. It does not cover data/ or the
versions of other packages: `dl4cv build --force` is for those.
"""

import ast
import hashlib
import json
from pathlib import Path

from nbformat import NotebookNode

from utils.authoring.course import CourseError
from utils.authoring.generated import without
from utils.authoring.pairing import to_text


def key(notebook: NotebookNode, root: Path) -> str:
    """The key of a lecture, as hexadecimal text."""
    digest = hashlib.sha256()
    for cell in without(notebook):
        if cell.cell_type == "code":
            digest.update(json.dumps([cell.source, cell.metadata], sort_keys=True).encode() + b"\0")
    for path in imported_files(notebook, root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def imported_files(notebook: NotebookNode, root: Path) -> list[Path]:
    """Every file of utils/ that the code cells of a notebook depend on."""
    # As text, because jupytext writes magics as comments, which Python can parse.
    cells = NotebookNode({**notebook, "cells": without(notebook)})
    found: set[Path] = set()
    waiting = _imported_by(to_text(cells, root), "", root)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        if path.suffix == ".py":
            package = path.parent.relative_to(root)
            waiting |= _imported_by(path.read_text(encoding="utf-8"), ".".join(package.parts), root)
        if path.name == "__init__.py":
            waiting |= _data_files(path.parent, recursive=path.parent.parent != root)
    return sorted(found)


def _imported_by(code: str, package: str, root: Path) -> set[Path]:
    """Files of utils/ behind the import statements of some code, which lies in `package`."""
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        raise CourseError(f"not valid Python: {error.msg} in {(error.text or '').strip()!r}") from None
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            here = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*here, *([node.module] if node.module else [])])
            names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return {path for name in names if name.split(".")[0] == "utils" for path in _files_of(name, root)}


def _files_of(name: str, root: Path) -> list[Path]:
    """The file of a module and the __init__.py of every package around it; a name inside a module has no file of its own."""
    parts = name.split(".")
    candidates = [root.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)]
    candidates += [root.joinpath(*parts[:depth]).with_suffix(".py") for depth in range(1, len(parts) + 1)]
    return [path for path in candidates if path.is_file()]


def _data_files(package: Path, recursive: bool) -> set[Path]:
    files = package.rglob("*") if recursive else package.glob("*")
    return {path for path in files if path.is_file() and path.suffix not in (".py", ".pyc")}
