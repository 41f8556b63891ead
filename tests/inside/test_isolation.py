"""`grader/inside` runs beside student code: it must not be able to import anything else of the grader."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import grader.inside

INSIDE = Path(grader.inside.__file__).parent
FILES = sorted(INSIDE.rglob("*.py"))


def reaches_out(source: str, depth: int) -> list[str]:
    """Imports of `grader`, and relative ones that leave `inside/`, in a module `depth` folders below it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] == "grader"]
        elif isinstance(node, ast.ImportFrom):
            absolute = node.level == 0 and (node.module or "").split(".")[0] == "grader"
            if absolute or node.level > depth + 1:
                found.append("." * node.level + (node.module or ""))
    return found


def test_code_behind_the_wall_imports_nothing_of_the_grader():
    found = {path: reaches_out(path.read_text(), len(path.relative_to(INSIDE).parts) - 1) for path in FILES}

    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import grader",
        "import os, grader.finding",
        "from grader import finding",
        "from grader.inside import box",
        "from .. import finding",
        "from ..finding import Finding",
    ],
)
def test_an_import_that_reaches_out_is_found(source: str):
    assert reaches_out(f"def f():\n    {source}", 0) != []


def test_imports_of_inside_itself_are_fine():
    assert reaches_out("import os\nfrom . import landlock\nfrom .channel import Array", 0) == []
    assert reaches_out("from ..channel import Array", 1) == []
