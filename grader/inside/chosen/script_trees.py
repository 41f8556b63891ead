"""A submission's scripts and notebooks: which there are, and what can be parsed of each."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .. import source

SUFFIXES = (".py", ".ipynb")
MAX_FILES, MAX_BYTES = 300, 1_000_000
MAX_PARSED = 40  # files


@dataclass(frozen=True)
class ScriptFile:
    """A script or notebook, by its path in the submission."""

    path: str
    content: bytes

    @property
    def text(self) -> str:
        """Its text, whatever its bytes are."""
        return self.content.decode("utf-8", "replace")


class ScriptTree(ast.Module):
    """A script, or all cells of a notebook; `runs` holds the execution count of each statement's cell."""

    runs: list[int | None]


def script_paths(folder: Path) -> list[Path]:
    """The scripts and notebooks below a folder, by their paths from there."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return sorted(path.relative_to(folder) for path in found)


def script_files(folder: Path) -> tuple[ScriptFile, ...]:
    """All of them that are not too large."""
    small = [path for path in script_paths(folder) if (folder / path).stat().st_size <= MAX_BYTES][:MAX_FILES]
    return tuple(ScriptFile(str(path), (folder / path).read_bytes()) for path in small)


def script_trees(folder: Path) -> dict[str, ScriptTree]:
    """What can be parsed of every script and notebook below a folder, by path."""
    found = {}
    for path in script_paths(folder)[:MAX_PARSED]:
        with contextlib.suppress(source.SourceError):
            found[str(path)] = tree_of(source.chunks(str(path), (folder / path).read_bytes()))
    return found


def tree_of(chunks: Iterable[source.Chunk]) -> ScriptTree:
    """The statements of all chunks that can be parsed; their places are those that `loading.load` counts."""
    made = ScriptTree([], [])
    made.runs = []
    for chunk in chunks:
        with contextlib.suppress(ValueError, RecursionError, MemoryError):
            body = source.usable(chunk)[0].body
            made.body += body
            made.runs += [chunk.run] * len(body)
    return made


def outside_classes(tree: ast.AST) -> list[ast.AST]:
    """The nodes of a tree that lie in no class."""
    found, waiting = [], [tree]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.ClassDef)]
    return found


def called_name(node: ast.AST) -> str:
    """`Net` for `models.Net` and `Net`; nothing for other expressions."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
