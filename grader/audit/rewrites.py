"""Right versions of a solution in other styles: each does the same, and must get the same points."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from grader.audit import network_styles, styles
from grader.audit.code_pieces import ProgramPiece, pieces, with_pieces
from grader.validation.trial_work import code_cells, notebook

Style = Callable[[ast.Module], ast.Module]

STYLES: Mapping[str, Style] = {
    "other layout, no comments": lambda tree: tree,
    "no types, no docstrings": styles.without_types,
    "local names": styles.renamed,
    "attributes' names": styles.renamed_attributes,
    "order of methods": styles.reordered_methods,
    "order of functions": styles.reordered_functions,
    "order of terms": styles.commuted,
    "matmul for @": styles.matmul,
    "einsum for @": styles.einsum,
    "products for powers": styles.products,
    "modules for functions": network_styles.modules,
    "functions for modules": network_styles.functions,
    "a loop for nn.Sequential": network_styles.loops,
    "other initial values": network_styles.initialised,
    "batch second": network_styles.batch_second,
    "functions for methods": styles.numpy_functions,
    "a name for each result": styles.named_results,
    "assignments for +=": styles.assignments,
    "loops for comprehensions": styles.comprehension_loops,
}


# Styles that give a network's parameters other names: weights that were saved before would no longer fit.
RENAMING = ("attributes' names", "modules for functions", "functions for modules", "a loop for nn.Sequential")


@dataclass(frozen=True)
class Rewrite:
    """The solution in another style."""

    name: str
    style: str
    files: Mapping[str, bytes]


def rewrites(files: Mapping[str, bytes], entry: str | None) -> list[Rewrite]:
    """Every style that says something other than the solution, and all at once; a notebook for a script."""
    before = pieces(files)
    found: list[Rewrite] = []
    for style, change in STYLES.items():
        after = {(one.path, one.cell): _changed(one, change) for one in before}
        same = all(after[one.path, one.cell] == one.source for one in before)
        if not same or not found:
            found.append(Rewrite(f"r{len(found):02d}", style, with_pieces(files, after)))
    for style, other in _other_kinds(files, before, entry):
        found.append(Rewrite(f"r{len(found):02d}", style, other))
    return found


def _changed(piece: ProgramPiece, change: Style) -> str:
    return ast.unparse(ast.fix_missing_locations(change(copy.deepcopy(piece.tree))))


def _other_kinds(
    files: Mapping[str, bytes], before: list[ProgramPiece], entry: str | None
) -> Iterator[tuple[str, dict[str, bytes]]]:
    """A notebook for the script that is graded, with a cell for each statement at its top; a script for a notebook."""
    mine = [piece for piece in before if piece.path == entry]
    if not mine or entry is None:
        return
    others = {path: content for path, content in files.items() if path != entry}
    stem = entry.rpartition(".")[0]
    if entry.endswith(".py"):
        cells = [ast.unparse(statement) for statement in mine[0].tree.body]
        yield "a notebook for the script", {**others, f"{stem}.ipynb": notebook(cells)}
    elif len(mine) == len(code_cells(files[entry])):
        source = "\n\n".join(piece.source for piece in mine)
        yield "a script for the notebook", {**others, f"{stem}.py": source.encode()}
