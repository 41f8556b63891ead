"""The programs of a solution as pieces of source: scripts, and cells of notebooks."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from grader.validation.trial_work import code_cells, notebook


@dataclass(frozen=True)
class ProgramPiece:
    """Source that parses: a script, or the cell with this number of a notebook."""

    path: str
    cell: int
    source: str

    @property
    def tree(self) -> ast.Module:
        """Parsed anew each time, so that it may be changed."""
        return ast.parse(self.source)


def pieces(files: Mapping[str, bytes]) -> list[ProgramPiece]:
    """All source of a solution that can be parsed, written anew: without comments, one layout for all."""
    found = []
    for path, content in sorted(files.items()):
        sources = code_cells(content) if path.endswith(".ipynb") else []
        if path.endswith(".py"):
            sources = [content.decode("utf-8", "replace")]
        for cell, source in enumerate(sources):
            try:
                found.append(ProgramPiece(path, cell, ast.unparse(ast.parse(source))))
            except (SyntaxError, ValueError):
                continue
    return found


def with_pieces(files: Mapping[str, bytes], changed: Mapping[tuple[str, int], str]) -> dict[str, bytes]:
    """The files, in which these scripts and cells have other source."""
    found = dict(files)
    for path in {path for path, _ in changed}:
        if path.endswith(".py"):
            found[path] = changed[path, 0].encode()
        else:
            cells = code_cells(files[path])
            found[path] = notebook([changed.get((path, number), cell) for number, cell in enumerate(cells)])
    return found
