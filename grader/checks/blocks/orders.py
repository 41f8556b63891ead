"""Which of a student's layers is which of the reference's: every order of those that may stand for each other."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Sequence
from typing import TypeVar

from grader.checks.blocks.pieces import Part, Piece, Slot, in_order, kind, units

T = TypeVar("T")


def orders(view: Sequence[Piece], wanted: Sequence[Slot]) -> Iterator[list[Piece]]:
    """The student's pieces in the order of the reference's parameters: kinds of layers of which both have as many are
    laid out layer by layer, all other pieces by their shapes. Then all pieces by their shapes, as names may deceive.
    """
    counts, theirs = (Counter(kind(unit) for unit in units(some)) for some in (view, wanted))
    alike = {one for one in theirs if theirs[one] == counts[one]}
    yield from _ordered(view, wanted, alike)
    if alike and alike != (theirs | counts).keys():
        yield from _ordered(view, wanted, ())


def _ordered(view: Sequence[Piece], wanted: Sequence[Slot], alike: Collection[str]) -> Iterator[list[Piece]]:
    mine, theirs = _groups(view, alike), _groups(wanted, alike)
    places = {slot.name: place for place, slot in enumerate(wanted)}
    for chosen in _arranged([mine[key] for key in theirs]):
        found: dict[int, Piece] = {}
        for layers, group in zip(chosen, theirs.values(), strict=True):
            for layer, other in zip(layers, group, strict=True):
                found |= {places[slot.name]: piece for slot, piece in zip(other, layer, strict=True)}
        yield [found[place] for place in range(len(wanted))]


def _groups(pieces: Sequence[Part], alike: Collection[str]) -> dict[Hashable, list[list[Part]]]:
    """What may stand for each other: layers of one kind, if it is one of those that are `alike`, or single pieces."""
    found: dict[Hashable, list[list[Part]]] = {}
    single: set[str] = set()
    for unit in units(pieces):
        if (one := kind(unit)) in alike:
            found.setdefault(one, []).append(in_order(unit))
        else:
            single |= {piece.name for piece in unit}
    for piece in pieces:
        if piece.name in single:
            found.setdefault(piece.shape, []).append([piece])
    return found


def _arranged(groups: Sequence[list[T]]) -> Iterator[tuple[tuple[T, ...], ...]]:
    """Every order of each group with every order of the others. (`itertools.product` would begin by making them all:
    there are 40,320 of eight.)
    """
    if not groups:
        yield ()
        return
    for first in itertools.permutations(groups[0]):
        for others in _arranged(groups[1:]):
            yield (first, *others)
