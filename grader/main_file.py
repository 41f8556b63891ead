"""Which file of a submission is graded."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from grader.submission import Submission

# For what is no Python: a script with a mistake, a notebook, whose lines stand between quotes.
IMPORT = re.compile(r"""(?:^|"|\\n)[ \t]*(?:from|import)[ \t]+(\w[\w.]*)""", re.MULTILINE)
MAX_SOURCES, MAX_IMPORTS, MAX_PARSED = 200, 100, 1_000_000  # files, names in one, characters


def main_file(submission: Submission, wanted: Mapping[str, int]) -> str | None:
    """The file to grade: the one whose text, with that of the siblings it imports, scores highest.

    `wanted` maps patterns to points. None if no script or notebook has any of it.
    """
    sources = {file.path: file for file in submission.files
               if PurePosixPath(file.path).suffix.lower() in (".py", ".ipynb")}  # fmt: skip
    texts = {path: file.content.decode("utf-8", "replace") for path, file in sources.items()}
    own = {path: sum(points for pattern, points in wanted.items() if re.search(pattern, text))
           for path, text in texts.items()}  # fmt: skip
    likely = sorted(own, key=lambda path: (-own[path], path))[:MAX_SOURCES]
    imports = {path: _imported(texts[path]) for path in likely}
    total = {path: sum(own[other] for other in _reachable(path, imports)) for path in likely}
    ranked = sorted(total, key=lambda path: (-total[path], -own[path], path.endswith(".ipynb"), path))
    return ranked[0] if ranked and total[ranked[0]] > 0 else None


def _reachable(entry: str, imports: Mapping[str, Sequence[str]]) -> set[str]:
    """The entry and the files it imports, which Python looks for in the entry's folder, or beside a package's file."""
    found, waiting = set(), [entry]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        folders = {path[: path.rfind("/") + 1] for path in (entry, current)}
        wanted = {f"{folder}{name}{end}" for folder in folders for name in imports[current]
                  for end in (".py", "/__init__.py")}  # fmt: skip
        waiting += sorted(wanted & imports.keys())
    return found


def _imported(text: str) -> list[str]:
    """What a script or notebook imports, as paths without their ending."""
    try:
        tree = ast.parse(text if len(text) < MAX_PARSED else "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.Module([], [])
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {node.module or ".", *(f"{node.module or '.'}.{alias.name}" for alias in node.names)}
    return sorted({name.strip(".").replace(".", "/") for name in names or IMPORT.findall(text)} - {""})[:MAX_IMPORTS]
