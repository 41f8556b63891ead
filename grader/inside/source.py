"""Scripts and notebooks as syntax trees, and the parts of them that may be run on their own."""

from __future__ import annotations

import ast
import io
import json
import re
import sys
import tokenize
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from .newer_python import newer_syntax, rewritten
from .notebook_lines import (
    Exported,
    is_bare_magic,
    uncommented,
    without_magics,
    without_more_magics,
    written_file,
)

_TRAINS = ("backward", "step", "fit")


class NewerPythonError(SyntaxError):
    """What only a newer Python reads: the version, what it is, and the line."""

    def __init__(self, version: str, what: str, line: int) -> None:
        here = ".".join(map(str, sys.version_info[:2]))
        super().__init__(f"{what} needs Python {version}, and work is graded with Python {here}")
        self.lineno = line


class SourceError(Exception):
    """A file that is not Python, or not a notebook. The message is for the student."""


@dataclass(frozen=True)
class Chunk:
    """A script, or one code cell of a notebook. `name` is shown in tracebacks."""

    name: str
    text: str


def decode(content: bytes) -> str:
    """Python source as text: its declared encoding, else UTF-8, else Windows-1252."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return content.decode("cp1252", "replace")


def chunks(name: str, content: bytes) -> list[Chunk]:
    """The code of one file, in order. Raises SourceError when a notebook is not one."""
    if not name.endswith(".ipynb"):
        return [Chunk(name, decode(content))]
    try:
        return list(_cells(name, json.loads(content)))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise SourceError(f"{name}: expected a notebook (JSON), found something else: {error}") from None


def _cells(name: str, notebook: dict[str, object]) -> Iterator[Chunk]:
    sheets = notebook.get("worksheets") or [notebook]  # notebooks of format 3 have work sheets
    number = 0
    for sheet in sheets:  # type: ignore[attr-defined]
        for cell in sheet["cells"]:
            if cell.get("cell_type") != "code":
                continue
            number += 1
            lines = cell.get("source", cell.get("input", "")) or ""
            yield Chunk(f"{name}, code cell {number}", lines if isinstance(lines, str) else "".join(lines))


def parse(chunk: Chunk) -> ast.Module:
    """The chunk as a tree; notebook lines that are not Python are left out, newer syntax is written in an older form.

    Raises SyntaxError, NewerPythonError for syntax that only a newer Python reads.
    """
    tree = _parsed(chunk)
    undo = Exported()
    tree = ast.fix_missing_locations(undo.visit(tree)) if "get_ipython" in chunk.text else tree
    if is_cell(chunk):
        tree.body = [node for node in tree.body if not is_bare_magic(node)]
    return tree


def _parsed(chunk: Chunk) -> ast.Module:
    """The first of several readings that is Python, from the strictest to the most forgiving."""
    text = uncommented(chunk.text) if "# Commented out IPython magic" in chunk.text else chunk.text
    try:
        return ast.parse(text, chunk.name)
    except SyntaxError as error:
        first = error
    readings = [text]
    if is_cell(chunk) or re.search(r"^\s*[%!]", text, re.MULTILINE):
        readings = [without_magics(text), without_more_magics(text), text]
    for reading in readings:
        for parsed in (ast.parse, _parse_rewritten):
            try:
                return parsed(reading, chunk.name)
            except SyntaxError:
                continue
    if newer := newer_syntax(text):
        raise NewerPythonError(*newer) from None
    if readings[0] is not text:
        return ast.parse(readings[0], chunk.name)  # the error in what is left
    raise first


def _parse_rewritten(text: str, name: str) -> ast.Module:
    return rewritten(text).parse(name)


def is_cell(chunk: Chunk) -> bool:
    """Whether a chunk is a cell of a notebook."""
    return "code cell" in chunk.name


def files_written(chunk: Chunk) -> list[tuple[str, str, bool]]:
    """Names and texts of the files that a cell writes as it is run, and whether each is added to what is there."""
    if (found := written_file(chunk.text)) is not None and is_cell(chunk):
        return [found]
    if "writefile" not in chunk.text or "get_ipython" not in chunk.text:
        return []
    undo = Exported()
    undo.visit(_parsed(chunk))
    return undo.written


def definitions(tree: ast.Module, long_running: Collection[str]) -> ast.Module:
    """What defines names and costs little: imports, functions, classes, simple assignments.

    `long_running` names functions that must not be called for it; functions of the file that train, or
    that call those, count as long-running too.
    """
    slow = slow_functions(tree, long_running)
    return ast.Module([node for node in tree.body if _defines(node, slow)], [])


def slow_functions(tree: ast.Module, known: Collection[str]) -> set[str]:
    """The names of `known` long-running functions, and of those here that train or that call one of them."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    slow = set(known)
    while True:
        found = {node.name for node in functions if _names(node) & (slow | set(_TRAINS))} | slow
        if found == slow:
            return slow
        slow = found


def defined(node: ast.stmt) -> set[str]:
    """The names that a statement gives a value, in loops and conditions too."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def _names(node: ast.AST) -> set[str]:
    return {part.attr if isinstance(part, ast.Attribute) else part.id
            for part in ast.walk(node) if isinstance(part, ast.Attribute | ast.Name)}  # fmt: skip


def _defines(node: ast.stmt, slow: Collection[str]) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return True
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            return not _names(node) & set(slow)
        case ast.If():
            return not is_main_guard(node) and all(_defines(part, slow) for part in node.body + node.orelse)
        case ast.Try():
            handlers = [part for handler in node.handlers for part in handler.body]
            parts = node.body + node.orelse + node.finalbody
            return all(_defines(part, slow) for part in parts) and all(
                isinstance(part, ast.Pass | ast.Expr | ast.Raise) or _defines(part, slow) for part in handlers
            )
        case _:
            return isinstance(node, ast.Pass)


def is_main_guard(node: ast.If) -> bool:
    """`if __name__ == "__main__":`"""
    return any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))


class _Decorate(ast.NodeTransformer):
    def __init__(self, matches: Callable[[str], bool], decorator: str) -> None:
        self.matches, self.decorator = matches, decorator

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        if self.matches(node.name):
            node.decorator_list.insert(0, ast.Name(self.decorator, ast.Load()))
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        self.generic_visit(node)
        match node.targets:
            case [ast.Name(id=name)] if self.matches(name):
                node.value = ast.Call(ast.Name(self.decorator, ast.Load()), [node.value, ast.Constant(name)], [])
        return node


def decorated(tree: ast.Module, matches: Callable[[str], bool], decorator: str) -> ast.Module:
    """The tree with `@decorator` on every function, nested ones too, whose name matches.

    What is assigned to such a name goes through `decorator(value, name)`: it may be a function as well.
    """
    changed: ast.Module = _Decorate(matches, decorator).visit(tree)
    return ast.fix_missing_locations(changed)
