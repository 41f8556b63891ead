"""The modules that others import, however late: found by reading their source, without running anything."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent


def imported(sources: Iterable[Path]) -> list[Path]:
    """The files of this package that these files import, directly or by way of others."""
    waiting, found = list(sources), set[Path]()
    while waiting:
        source = waiting.pop()
        new = {path for name in _names(source, source.read_bytes()) if (path := _file(name)) is not None} - found
        found |= new
        waiting += new
    return sorted(found)


@lru_cache(maxsize=512)
def _names(path: Path, content: bytes) -> frozenset[str]:
    """Whatever a file may import from this package, by full name; parts of modules among them."""
    return frozenset(
        name for node in ast.walk(ast.parse(content)) for name in _imports(node, path) if name.startswith("grader")
    )


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


def _file(name: str) -> Path | None:
    """The file of a module of this package; None for what is none."""
    if name.partition(".")[0] != PACKAGE.name:
        return None
    path = PACKAGE.joinpath(*name.split(".")[1:])
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.is_file()), None)
