"""The modules that others import, however late: found by reading their source, without running anything."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent
# A statement that imports: whatever follows `import`, in parentheses or to the statement's end. A space may be a line
# that goes on.
_STATEMENT = re.compile(
    rb"""
    (?: ^ (?: \xef\xbb\xbf )? | [;:] ) [ \t\f]*
    (
        (?: from (?: [ \t] | \\\r?\n )* [.\w]+ (?: [ \t] | \\\r?\n )+ )? import \b (?: [ \t] | \\\r?\n )*
        (?: \( [^)]* \) | (?: [^\n\#;\\] | \\\r?\n )* )
    )
    """,
    re.MULTILINE | re.VERBOSE,
)


def imported(sources: Iterable[Path]) -> list[Path]:
    """The files of this package that these files import, directly or by way of others."""
    modules, waiting, found = _modules(), list(sources), set[Path]()
    while waiting:
        source = waiting.pop()
        new = {modules[name] for name in _names(source, source.read_bytes()) if name in modules} - found
        found |= new
        waiting += new
    return sorted(found)


@lru_cache(maxsize=2048)
def _names(path: Path, content: bytes) -> frozenset[str]:
    """Whatever a file may import from this package, by full name; parts of modules among them."""
    return frozenset(
        name for node in _statements(content) for name in _imports(node, path) if name.startswith("grader")
    )


def _statements(content: bytes) -> Iterator[ast.AST]:
    """The statements of a file that may import. Syntax trees of all its code take ten times as long to make."""
    try:
        yield from [node for found in _STATEMENT.finditer(content) for node in ast.parse(found[1].strip()).body]
    except SyntaxError:  # a comment within parentheses, or prose that begins like a statement
        yield from ast.walk(ast.parse(content))


def _imports(node: ast.AST, path: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (name for alias in node.names for name in _parents(alias.name))
    elif isinstance(node, ast.ImportFrom):
        home = node.module or ""
        if node.level and path.is_relative_to(PACKAGE):
            here = path.relative_to(PACKAGE.parent).parts[: -node.level]
            home = ".".join((*here, home) if home else here)
        yield from _parents(home)
        yield from (f"{home}.{alias.name}" for alias in node.names)


def _parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    yield from (".".join(parts[: count + 1]) for count in range(len(parts)))


@cache
def _modules() -> Mapping[str, Path]:
    """The file of each module of this package, by full name: looked for once, and not for every name that is met."""
    found = {}
    for folder, _, files in os.walk(PACKAGE):
        package = ".".join(Path(folder).relative_to(PACKAGE.parent).parts)
        for name in files:
            module, python = os.path.splitext(name)  # noqa: PTH122 - in a loop over a thousand files
            if python == ".py":
                found[package if module == "__init__" else f"{package}.{module}"] = Path(folder, name)
    return found
