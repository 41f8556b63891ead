"""The student's own code that a finding speaks of: the definitions and lines that its words name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.grading import Mark
from grader.inside import source
from grader.submission import SubmittedFile

MOST_LINES, MOST_EXCERPTS, MARGIN = 40, 3, 3
MOST_BYTES = 1 << 20
PROGRAMS = (".py", ".ipynb")
# From a word's beginning and with short numbers: a message may quote whatever a student's program raised.
_LINE = re.compile(r"(?<![\w./-])([\w./-]+\.(?:py|ipynb))\D{0,12}?(?:cell (\d{1,7})\D{0,12})?line (\d{1,7})(?!\d)")


@dataclass(frozen=True)
class Excerpt:
    """Lines of a file, from line `first`; of a notebook, the lines of a cell. `marked` is the line to look at."""

    where: str
    first: int
    lines: tuple[str, ...]
    marked: int | None = None


@dataclass(frozen=True)
class CodePart:
    """A whole script, or one cell of a notebook."""

    path: str
    name: str
    lines: tuple[str, ...]


def excerpts(mark: Mark, files: Sequence[SubmittedFile], graded: str | None = None) -> list[Excerpt]:
    """The lines that a mark's finding names, else the definitions that it or the criterion names, at most three.

    What several files define is shown as the `graded` one has it.
    """
    last = sorted(files, key=lambda file: file.path == graded)
    parts = [part for file in last for part in parts_of(file)]
    words = "\n".join((mark.finding.message, *mark.finding.details, mark.criterion, mark.title))
    lines = [found for match in _LINE.finditer(words) for found in _around(match, parts)]
    named = lines or list(_definitions(words, parts))
    return list({(one.where, one.first): one for one in named}.values())[:MOST_EXCERPTS]


def parts_of(file: SubmittedFile) -> list[CodePart]:
    """The script or the cells in a file; none if it is no program that can be read. Nothing is run."""
    if not file.path.lower().endswith(PROGRAMS) or file.size > MOST_BYTES:
        return []
    try:
        chunks = source.chunks(file.path, file.content)
    except source.SourceError:
        return []
    cells = file.path.lower().endswith(".ipynb")
    names = [f"{file.path}, cell {number}" if cells else file.path for number, _ in enumerate(chunks, start=1)]
    return [
        CodePart(file.path, name, tuple(chunk.text.splitlines())) for name, chunk in zip(names, chunks, strict=True)
    ]


def _around(match: re.Match[str], parts: Sequence[CodePart]) -> Iterator[Excerpt]:
    path, cell, line = match[1], match[2], int(match[3])
    wanted = f"{path}, cell {cell}" if cell else path
    for part in parts:
        if part.name.endswith(wanted) and line <= len(part.lines):
            first = max(1, line - MARGIN)
            yield Excerpt(part.name, first, part.lines[first - 1 : line + MARGIN], line)


def _definitions(words: str, parts: Sequence[CodePart]) -> Iterator[Excerpt]:
    """In the order in which the words name them; of several definitions the last, which is the one that holds."""
    found: Mapping[str, Excerpt] = {name: one for part in parts for name, one in _defined(part)}
    for name in dict.fromkeys(re.findall(r"[A-Za-z_]\w*", words)):
        if name in found:
            yield found[name]


def _defined(part: CodePart) -> Iterator[tuple[str, Excerpt]]:
    python = (re.sub(r"^\s*[%!].*", "", line) for line in part.lines)
    try:
        tree = ast.parse("\n".join(python))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in tree.body:
        last = min(node.end_lineno or node.lineno, node.lineno + MOST_LINES - 1)
        for name in _names(node):
            yield name, Excerpt(part.name, node.lineno, part.lines[node.lineno - 1 : last])


def _names(node: ast.stmt) -> list[str]:
    """What a definition defines; `name = lambda …` and `Net = nn.Sequential(…)` are definitions too."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda | ast.Call):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []
