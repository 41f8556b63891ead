"""Which statements of a solution run when it is graded: a mistake in another one cannot be noticed, and proves nothing.

The solution is graded once more with a mark at each statement, which says on the console that it was reached.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from grader.audit.code_pieces import ProgramPiece, pieces, with_pieces

Place = tuple[str, int, int]  # path, cell, number of the statement as `ast.walk` counts

MARK = re.compile(r"\[reached (\d+)\.(\d+)\]")
REACHED = """
def _reached(place, seen=set()):
    if place not in seen:
        seen.add(place)
        import sys
        sys.stderr.write(f"[reached {place}]\\n")
        sys.stderr.flush()

_file_is_read = _reached('NUMBER.0')
"""
HEADS = {ast.If: "test", ast.While: "test", ast.For: "iter"}
VALUED = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def marked(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The solution with marks, which does the same otherwise."""
    every = enumerate(pieces(files))
    return with_pieces(files, {(piece.path, piece.cell): _Marks(number, piece).source() for number, piece in every})


def reached(files: Mapping[str, bytes], console: str) -> frozenset[Place] | None:
    """The places that were reached, by what the marked solution said; None if it said nothing.

    Definitions and imports at the top of a file, and methods, count as reached if the file was read at all.
    """
    every = pieces(files)
    found = {(int(number), int(place)) for number, place in MARK.findall(console) if int(number) < len(every)}
    if not found:
        return None
    found |= {(number, place) for number in {one for one, _ in found} for place in _always(every[number])}
    return frozenset((every[number].path, every[number].cell, place) for number, place in found)


def _always(piece: ProgramPiece) -> Iterator[int]:
    tree = piece.tree
    order = {id(node): number for number, node in enumerate(ast.walk(tree))}
    classes = [node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    top = [node for body in (tree.body, *classes) for node in body]
    yield from (order[id(node)] for node in top if not isinstance(node, (*VALUED, *HEADS)))


class _Marks:
    """One piece with a mark at each statement: before it in functions; elsewhere as a part of it, since of a file whose
    definitions alone are taken, statements are left out by what they change.
    """

    def __init__(self, number: int, piece: ProgramPiece) -> None:
        self.number, self.tree = number, piece.tree
        self.order = {id(node): place for place, node in enumerate(ast.walk(self.tree))}

    def source(self) -> str:
        """With the function that says so."""
        start = sum(_must_be_first(node) for node in self.tree.body[:2])
        body = self.block(self.tree.body, in_function=False)
        self.tree.body = [*body[:start], *ast.parse(REACHED.replace("NUMBER", str(self.number))).body, *body[start:]]
        return ast.unparse(ast.fix_missing_locations(self.tree))

    def block(self, body: Sequence[ast.stmt], *, in_function: bool) -> list[ast.stmt]:
        """Statements with their marks."""
        found: list[ast.stmt] = []
        for node in body:
            if in_function and not _must_be_first(node):
                found.append(ast.Expr(self.mark(node)))
            elif not in_function:
                self.mark_within(node)
            self.inner(node, in_function=in_function or isinstance(node, FUNCTIONS))
            found.append(node)
        return found

    def inner(self, node: ast.AST, *, in_function: bool) -> None:
        """The blocks of a statement, marked."""
        for name in ("body", "orelse", "finalbody"):
            if isinstance(part := getattr(node, name, None), list):
                setattr(node, name, self.block(part, in_function=in_function))
        for branch in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            self.inner(branch, in_function=in_function)

    def mark_within(self, node: ast.stmt) -> None:
        """`x = value` as `x = (mark, value)[1]`."""
        name = "value" if isinstance(node, VALUED) and not _must_be_first(node) else HEADS.get(type(node), "")
        if (value := getattr(node, name, None)) is not None:
            setattr(node, name, ast.Subscript(ast.Tuple([self.mark(node), value], ast.Load()), ast.Constant(1)))

    def mark(self, node: ast.AST) -> ast.expr:
        """The call that says that this place was reached."""
        return ast.parse(f"_reached('{self.number}.{self.order[id(node)]}')", mode="eval").body


def _must_be_first(node: ast.stmt) -> bool:
    """A docstring, or an import from `__future__`."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"
