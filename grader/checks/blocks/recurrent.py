"""Recurrent cells within a larger module: their parameters are read as gates, those of all other layers as they are."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

from grader.checks.blocks.gates import MOST_GATES, gated
from grader.checks.blocks.pieces import Piece, Shape, Shapes, Slot, Take, Unit, in_order, kind, slots, units

MOST_WAYS = 24  # in which the other layers are laid out


def gated_within(student: Shapes, reference: Shapes) -> Iterator[dict[str, Take]]:
    """For each reference parameter how it is taken from the student's, for each way to tell cells from other layers."""
    plain = [Piece(name, tuple(shape), _taken(name)) for name, shape in student]
    turned = [_turned(piece, {tuple(shape) for _, shape in reference}) for piece in plain]
    for pieces in (plain, turned) if turned != plain else (plain,):
        yield from _gated(student, reference, units(pieces), units(slots(reference)))
    # Names may not tell which bias goes with which matrix: then each is found by its shape alone.
    for pieces in (plain, turned) if turned != plain else (plain,):
        yield from _gated(student, reference, [[piece] for piece in pieces], [[slot] for slot in slots(reference)])


def _gated(
    student: Shapes, reference: Shapes, own: Sequence[Unit[Piece]], theirs: Sequence[Unit[Slot]]
) -> Iterator[dict[str, Take]]:
    for cells in _cells(own, theirs):
        others = [unit for unit in theirs if unit not in cells]
        for way in itertools.islice(_laid_out(own, others), MOST_WAYS):
            kept = {place.name: piece.take for place, piece in way}
            used = {piece.name for _, piece in way}
            rest = [(name, shape) for name, shape in student if name not in used]
            wanted = [(name, shape) for name, shape in reference if name not in kept]
            for takes in gated(rest, wanted):
                yield {**kept, **takes}


def _taken(name: str) -> Take:
    return lambda given: given[name]


def _turned(piece: Piece, shapes: set[Shape]) -> Piece:
    """The other way round, where only that fits: the matrix of a linear layer that is given one-hot words."""
    if len(piece.shape) != 2 or piece.shape in shapes or piece.shape[::-1] not in shapes:
        return piece
    return Piece(piece.name, piece.shape[::-1], lambda given: piece.take(given).T)


def _cells(own: Sequence[Unit[Piece]], theirs: Sequence[Unit[Slot]]) -> Iterator[list[Unit[Slot]]]:
    """Layers of the reference that may be cells: those the student has otherwise; those with so many rows as gates."""
    counts, wanted = Counter(map(kind, own)), Counter(map(kind, theirs))
    odd = [unit for unit in theirs if counts[kind(unit)] != wanted[kind(unit)]]
    counted = _rows(theirs)
    ways = [odd, *([unit for unit in theirs if _has_rows(unit, rows)] for rows in counted)]
    ways += [[unit for unit in theirs if any(rows in piece.shape for piece in unit)] for rows in counted]
    yield from (way for number, way in enumerate(ways) if 0 < len(way) < len(theirs) and way not in ways[:number])


def _rows(theirs: Sequence[Unit[Slot]]) -> list[int]:
    """Rows of matrices that may be several gates: some such matrix is for states, as wide as a gate has units. A matrix
    that is multiplied from the right has them as columns.
    """
    matrices = [piece.shape for unit in theirs for piece in unit if len(piece.shape) == 2]
    gates = range(2, MOST_GATES + 1)
    either_way = [*matrices, *(shape[::-1] for shape in matrices)]
    return list(dict.fromkeys(rows for rows, width in either_way if any(rows == count * width for count in gates)))


def _has_rows(unit: Unit[Slot], rows: int) -> bool:
    return any(len(piece.shape) == 2 and piece.shape[0] == rows for piece in unit)


def _laid_out(own: Sequence[Unit[Piece]], others: Sequence[Unit[Slot]]) -> Iterator[list[tuple[Slot, Piece]]]:
    """Ways to find the other layers of the reference among the student's."""
    kinds = list(dict.fromkeys(map(kind, others)))
    wanted = [[unit for unit in others if kind(unit) == one] for one in kinds]
    there = [[unit for unit in own if kind(unit) == one] for one in kinds]
    ways = (itertools.permutations(some, len(asked)) for some, asked in zip(there, wanted, strict=True))
    for chosen in itertools.product(*ways):
        yield [
            pair
            for asked, some in zip(wanted, chosen, strict=True)
            for one, other in zip(asked, some, strict=True)
            for pair in zip(in_order(one), in_order(other), strict=True)
        ]
