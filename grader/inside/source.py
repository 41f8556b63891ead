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
from .salvage import Broken, salvage

# Of a command over several lines Colab's export comments out the first one only.
_COMMAND_REST = re.compile(r"^(# ?[%!].*\\\n)((?:.*\\\n)*.*(?:\n|\Z))", re.MULTILINE)
MAX_TEXT, MAX_LOST = 2_000_000, 300  # characters, names
TRAINS = ("backward", "step", "fit")


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
    """A script, or one code cell of a notebook. `name` is shown in tracebacks; `run` is the cell's execution count."""

    name: str
    text: str
    run: int | None = None


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
            run = cell.get("execution_count", cell.get("prompt_number"))
            text = lines if isinstance(lines, str) else "".join(lines)
            yield Chunk(f"{name}, code cell {number}", text, run if type(run) is int else None)


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


def tree(text: str, name: str = "work.py") -> ast.Module:
    """The text of a file as a tree, as `parse` reads it. Raises SyntaxError."""
    return parse(Chunk(name, text))


def _parsed(chunk: Chunk) -> ast.Module:
    """The first of several readings that is Python, from the strictest to the most forgiving."""
    text = _written(chunk)
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


def _written(chunk: Chunk) -> str:
    """A chunk's text; in what Colab exported, cells that it commented out come back, and the rests of commands go."""
    text = uncommented(chunk.text) if "# Commented out IPython magic" in chunk.text else chunk.text
    return _COMMAND_REST.sub(lambda found: found[1] + "\n" * found[2].count("\n"), text)


def _parse_rewritten(text: str, name: str) -> ast.Module:
    return rewritten(text).parse(name)


def usable(chunk: Chunk) -> tuple[ast.Module, list[Broken]]:
    """As `parse`, but of a chunk with errors in it what is left without them, and what that is.

    Raises ValueError for what is no text at all.
    """
    try:
        return parse(chunk), []
    except SyntaxError as error:
        tree, broken = salvage(without_magics(_written(chunk)), chunk.name, _parse_either)
        if isinstance(error, NewerPythonError):
            broken = [Broken(error, frozenset().union(*(part.names for part in broken)))]
        return tree, broken


def _parse_either(text: str, name: str) -> ast.Module:
    """As it is, or with newer syntax in an older form. Raises SyntaxError."""
    try:
        return ast.parse(text, name)
    except SyntaxError as error:
        try:
            return _parse_rewritten(text, name)
        except SyntaxError:
            raise error from None


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


def slow_functions(tree: ast.Module, known: Collection[str]) -> set[str]:
    """The names of `known` long-running functions, and of those here that train or that call one of them."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    slow = set(known)
    while True:
        found = {node.name for node in functions if names(node) & (slow | set(TRAINS))} | slow
        if found == slow:
            return slow
        slow = found


def defined(node: ast.stmt) -> set[str]:
    """The names that a statement gives a value, in loops and conditions too."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    return imported(node) | {
        part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }


def imported(node: ast.stmt) -> set[str]:
    """The names that a statement imports, in loops and conditions too."""
    return {part.asname or part.name.partition(".")[0] for part in ast.walk(node) if isinstance(part, ast.alias)}


def defined_in_text(text: str) -> list[str]:
    """The names that a text which is no Python seems to define."""
    found = re.findall(r"^[ \t]*(?:def|class)[ \t]+(\w+)|^(\w+)[ \t]*=[^=]", text[:MAX_TEXT], re.MULTILINE)
    return sorted({first or second for first, second in found})[:MAX_LOST]


def names(node: ast.AST) -> set[str]:
    """All names and attributes in a tree."""
    return {
        part.attr if isinstance(part, ast.Attribute) else part.id
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute | ast.Name)
    }


def is_definition(node: ast.stmt, slow: Collection[str]) -> bool:
    """Whether a statement defines names and costs little: an import, a function, a class, a simple assignment.

    Functions that are `slow` must not be called for it.
    """
    match node:
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return True
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            return not names(node) & set(slow)
        case ast.If():
            return not is_main_guard(node) and all(is_definition(part, slow) for part in node.body + node.orelse)
        case ast.Try():
            handlers = [part for handler in node.handlers for part in handler.body]
            parts = node.body + node.orelse + node.finalbody
            return all(is_definition(part, slow) for part in parts) and all(
                isinstance(part, ast.Pass | ast.Expr | ast.Raise) or is_definition(part, slow) for part in handlers
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
