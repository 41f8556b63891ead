"""Mistakes in the files of an assignment's folder."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from grader.probes import Ask

if TYPE_CHECKING:
    from grader.assignment import Assignment


def folder_slips(made: Assignment) -> Iterator[str]:
    """What is missing in `inside/`, and what does not parse there and in `provided/`."""
    for path in sorted(path for part in ("inside", "provided") for path in (made.folder / part).rglob("*.py")):
        try:
            ast.parse(path.read_bytes())
        except (SyntaxError, ValueError) as error:
            yield f"{path.relative_to(made.folder)}, line {getattr(error, 'lineno', None) or 1}: {error}"
    for probe in made.probes:
        if isinstance(probe, Ask) and not probe.library:
            yield from _of_module(made.folder, probe)


def _of_module(folder: Path, probe: Ask) -> Iterator[str]:
    path = folder / "inside" / f"{probe.module}.py"
    where = f"probe {probe.id!r}: inside/{probe.module}.py"
    if not path.is_file():
        there = ", ".join(sorted(found.name for found in path.parent.glob("*.py"))) or "nothing"
        yield f"{where}: expected a file with answer(session, case), found none (there: {there})"
        return
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return  # said already
    if not any("answer" in _names(node) for node in tree.body):
        yield f"{where}: expected a function answer(session, case), found none"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "answer" and not _takes_two(node.args):
            yield f"{where}, line {node.lineno}: expected answer(session, case), found answer({ast.unparse(node.args)})"


def _names(node: ast.stmt) -> set[str]:
    """What a statement gives a value."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    stored = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return stored | {part.asname or part.name for part in ast.walk(node) if isinstance(part, ast.alias)}


def _takes_two(given: ast.arguments) -> bool:
    most = len(given.posonlyargs) + len(given.args)
    least = most - len(given.defaults)
    needed = [value for value in given.kw_defaults if value is None]
    return least <= 2 and (most >= 2 or given.vararg is not None) and not needed


def raised_in(folder: Path, error: BaseException) -> str:
    """The file of the folder and the line that were running when an exception was raised, and what it says."""
    words = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}: {words}"
    frames = traceback.extract_tb(error.__traceback__)
    home = folder.resolve()  # it may be given from where the command is run
    own = [frame for frame in frames if Path(frame.filename).resolve().is_relative_to(home)] or frames
    return f"{own[-1].filename}, line {own[-1].lineno}: {words}" if own else words
