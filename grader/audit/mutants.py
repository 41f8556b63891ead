"""Wrong versions of a solution: each differs from it in one place, as mistakes of students do."""

from __future__ import annotations

import ast
import copy
import difflib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.audit.code_pieces import ProgramPiece, pieces, with_pieces
from grader.audit.mistakes import mistakes, places
from grader.audit.reached import Place


@dataclass(frozen=True)
class Mutant:
    """One mistake. `region` is the function or class at the top of the file that it lies in, `statement` the number of
    the statement, as `ast.walk` counts.
    """

    name: str
    kind: str
    piece: ProgramPiece
    line: int
    region: str
    statement: int
    source: str

    @property
    def where(self) -> str:
        """File and line, as the solution is laid out in `diff`."""
        return f"{self.piece.path}, line {self.line}"

    def files(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """What is handed in with this mistake."""
        return with_pieces(files, {(self.piece.path, self.piece.cell): self.source})

    @property
    def place(self) -> Place:
        """The statement that the mistake is in."""
        return self.piece.path, self.piece.cell, self.statement

    def diff(self) -> str:
        """The lines in which the mutant differs from the solution, as a unified diff."""
        old, new = self.piece.source.splitlines(), self.source.splitlines()
        return "\n".join(difflib.unified_diff(old, new, self.piece.path, self.piece.path, lineterm="", n=1))


def mutants(files: Mapping[str, bytes], given: frozenset[str] = frozenset()) -> list[Mutant]:
    """Every wrong version, in the order of the source. Functions and classes in `given` are the course's own, as
    `ast.dump` writes them, and stay as they are.
    """
    found: list[Mutant] = []
    for piece in pieces(files):
        seen = {piece.source}
        for kind, line, region, statement, source in _versions(piece, given):
            if source not in seen:
                seen.add(source)
                found.append(Mutant(f"m{len(found):04d}", kind, piece, line, region, statement, source))
    return found


def shuffled(every: Sequence[Mutant], seed: int) -> list[Mutant]:
    """All of them in an order that is random, and always the same for a seed: its beginning is a sample."""
    return random.Random(seed).sample(list(every), len(every))  # noqa: S311 - no secret


def _versions(piece: ProgramPiece, given: frozenset[str]) -> Iterator[tuple[str, int, str, int, str]]:
    tree = piece.tree
    order = {id(node): number for number, node in enumerate(ast.walk(tree))}
    for region, statement, node in places(tree, given):
        for kind, change in mistakes(node):
            other = copy.deepcopy(tree)
            nodes = list(ast.walk(other))
            if not change(nodes[order[id(node)]], other):
                continue
            line = getattr(node, "lineno", 1)
            yield kind, line, region, order[id(statement)], ast.unparse(ast.fix_missing_locations(other))
