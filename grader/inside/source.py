"""Scripts and notebooks as syntax trees, and the parts of them that may be run on their own."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from .salvage import Broken, salvage

TRAINS = ("backward", "step", "fit")
# A shell line that goes on below; Colab's export puts a comment sign before its first line only.
_CONTINUED_SHELL = re.compile(r"^([ \t]*)(?:# ?)?[!%].*\\(?:\n.*\\)*\n.*$", re.MULTILINE)


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
            lines = cell.get("source", cell.get("input", ""))
            run = cell.get("execution_count", cell.get("prompt_number"))
            text = lines if isinstance(lines, str) else "".join(lines)
            yield Chunk(f"{name}, code cell {number}", text, run if type(run) is int else None)


def parse(chunk: Chunk) -> ast.Module:
    """The chunk as a tree; notebook lines that are not Python are left out. Raises SyntaxError."""
    try:
        return ast.parse(chunk.text, chunk.name)
    except SyntaxError:
        if "code cell" not in chunk.name and not re.search(r"^\s*[%!]", chunk.text, re.MULTILINE):
            raise
    return ast.parse(without_magics(chunk.text), chunk.name)


def usable(chunk: Chunk) -> tuple[ast.Module, list[Broken]]:
    """As `parse`, but of a chunk with errors in it what is left without them, and what that is.

    Raises ValueError for what is no text at all.
    """
    try:
        return parse(chunk), []
    except SyntaxError:
        return salvage(without_magics(chunk.text), chunk.name)


def without_magics(text: str) -> str:
    """Code without IPython's magics and shell lines; line numbers stay."""
    if re.match(r"\s*%%(?!time\b|timeit\b|capture\b|prun\b)", text):
        return ""
    text = re.sub(_CONTINUED_SHELL, lambda found: found[1] + "!" + "\n" * found[0].count("\n"), text)
    return "\n".join(_python_line(line) for line in text.split("\n"))


def _python_line(line: str) -> str:
    if found := re.match(r"(\s*)(?:\w+\s*=\s*)?(?:%{1,2}[A-Za-z_]|!(?!=)|\?)", line):
        return found[1] + "pass"
    return found[1] if (found := re.match(r"(\s*[\w.]+)\?{1,2}\s*$", line)) else line


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
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def names(node: ast.AST) -> set[str]:
    """All names and attributes in a tree."""
    return {part.attr if isinstance(part, ast.Attribute) else part.id
            for part in ast.walk(node) if isinstance(part, ast.Attribute | ast.Name)}  # fmt: skip


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
