"""Where in an assignment's files something stands: file and line, as messages name them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from grader.assignment import Assignment


def of_criterion(assignment: Assignment, criterion: str) -> str:
    """The line of `Criterion("<id>", ...)`; else that of its check; else the file."""
    for path in (assignment.folder / "assignment.py", *sorted(assignment.folder.rglob("*.py"))):
        for line in _lines_naming(path, criterion):
            return f"{path}, line {line}"
    check = next((rule.check for rule in assignment.rubric if rule.id == criterion), None)
    return _of_code(check) or f"{assignment.folder / 'assignment.py'}"


def of_field(assignment: Assignment, name: str) -> str:
    """The line of a keyword of `Assignment(...)`; else the file."""
    path = assignment.folder / "assignment.py"
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call) and _called(node) == "Assignment":
            for keyword in node.keywords:
                if keyword.arg == name:
                    return f"{path}, line {keyword.value.lineno}"
    return str(path)


def of_table(path: Path, name: str) -> str:
    """The line of `[name]` in a TOML file."""
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1):
        if line.strip().strip("[]").strip().strip("\"'") == name and line.lstrip().startswith("["):
            return f"{path}, line {number}"
    return str(path)


def _lines_naming(path: Path, criterion: str) -> Iterator[int]:
    for node in ast.walk(_tree(path)):
        if not isinstance(node, ast.Call) or _called(node) != "Criterion":
            continue
        given = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "id")]
        if any(isinstance(value, ast.Constant) and value.value == criterion for value in given):
            yield node.lineno


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _of_code(check: Any) -> str | None:
    code = getattr(check, "__code__", None)
    return f"{code.co_filename}, line {code.co_firstlineno}" if code is not None else None


@lru_cache(maxsize=64)
def _tree(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])
