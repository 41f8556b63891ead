"""Parameters kept for each head by numbers put together; several of the reference's in one taken apart."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from grader.checks.blocks.pieces import Arrays, Piece, Shape, layer
from grader.checks.blocks.put_together import added_up, numbered, one_under_the_other, side_by_side
from grader.sandbox.protocol import Array


def parted(pieces: list[Piece], shapes: set[Shape]) -> Iterator[list[Piece]]:
    """Those of several of the reference's shapes taken apart: one after the other, or alternating from head to head."""
    for heads in _head_counts(pieces, shapes):
        yield [part for piece in pieces for part in _split(piece, shapes, heads)]


def joined_by_number(
    pieces: list[Piece], shapes: set[Shape], number: re.Pattern[str], *, fitting: bool = False
) -> list[Piece]:
    """Parameters that are called the same but for a number (one for each head), one under the other; side by side where
    only that fits, as of what mixes the heads, whose biases are then added up. With `fitting` those of shapes that fit.
    """
    groups: dict[str, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(number.sub("#", piece.name), []).append(piece)
    ways = {name: _way_to_join(group, shapes, fitting=fitting) for name, group in groups.items()}
    matrices = {layer(name) for name, way in ways.items() if way and len(groups[name][0].shape) > 1}
    if fitting:  # by chance, vectors of normalisations as well
        ways = {name: way if layer(name) in matrices else None for name, way in ways.items()}
    added = {layer(name) for name, way in ways.items() if way is side_by_side}
    found: list[Piece] = []
    for name, group in groups.items():
        many = len(group) > 1 and len(group[0].shape) == 1 and layer(name) in added
        join = added_up if many else ways[name]
        found += group if join is None else [join(name, group)]
    return found


def _way_to_join(
    group: list[Piece], shapes: set[Shape], *, fitting: bool
) -> Callable[[str, Sequence[Piece]], Piece] | None:
    count, shape = len(group), group[0].shape
    if count == 1 or not shape or (shape in shapes) is not fitting or any(piece.shape != shape for piece in group):
        return None
    if any(_divides((count * shape[0], *shape[1:]), other) for other in shapes):
        return one_under_the_other
    return side_by_side if len(shape) == 2 and (shape[0], count * shape[1]) in shapes else None


def _divides(shape: Shape, other: Shape) -> bool:
    """Whether an array of the first shape is one or several of the other, one under the other."""
    return (
        len(shape) == len(other)
        and shape[1:] == other[1:]
        and bool(other)
        and other[0] > 0
        and shape[0] % other[0] == 0
    )


def _head_counts(pieces: list[Piece], shapes: set[Shape]) -> list[int]:
    """1: parts lie one after the other; more: they alternate from head to head."""
    rows = {
        other[0] for piece in pieces for other in shapes if piece.shape not in shapes and _divides(piece.shape, other)
    }
    common = math.gcd(*rows) if rows else 1
    return [heads for heads in range(1, common + 1) if common % heads == 0]


def _split(piece: Piece, shapes: set[Shape], heads: int) -> list[Piece]:
    if piece.shape in shapes:
        return [piece]
    fits = [other for other in shapes if _divides(piece.shape, other)]
    if not fits:
        return [piece]
    part = max(fits, key=lambda other: other[0])
    count = piece.shape[0] // part[0]

    def take(given: Arrays, index: int) -> Array:
        whole = piece.take(given).reshape(heads, count, part[0] // heads, *part[1:])
        return np.ascontiguousarray(whole[:, index]).reshape(part)

    return [
        Piece(numbered(piece.name, index), part, lambda given, index=index: take(given, index))  # type: ignore[misc]
        for index in range(count)
    ]
