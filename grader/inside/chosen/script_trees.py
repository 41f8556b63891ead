"""What can be parsed of a submission's scripts and notebooks."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterable
from pathlib import Path

from .. import source
from ..script_files import script_paths

MAX_PARSED = 40  # files


class ScriptTree(ast.Module):
    """A script, or all cells of a notebook; `runs` holds the execution count of each statement's cell."""

    runs: list[int | None]


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
