"""Parameters of more axes than the reference's: all heads' matrices in one array, as for `einsum`.

Each way to read an array as a matrix (some axes are its rows, the others its columns) or as a vector is tried: those of
one shape alike, then with one of them read otherwise, as what mixes the heads again may have the shape of what makes
them.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from grader.checks.blocks.pieces import Piece, Shape, Shapes, Slot
from grader.sandbox.protocol import Array

MOST_WAYS, MOST_VIEWS, MOST_AXES = 8, 60, 5
PARTS = (1, 2, 3, 4)  # matrices that may lie in one array
T = TypeVar("T")
_BIAS = re.compile(r"(?i)bias|beta|^b|_b$")


@dataclass(frozen=True)
class Fold:
    """Axes of an array that are its rows, and those that are its columns; none of a vector's."""

    rows: tuple[int, ...]
    columns: tuple[int, ...] = ()

    def shape(self, shape: Shape) -> Shape:
        """What an array of a shape becomes."""
        rows, columns = (math.prod(shape[axis] for axis in axes) for axes in (self.rows, self.columns))
        return (rows, columns) if self.columns else (rows,)

    def of(self, array: Array) -> Array:
        """The array so."""
        return np.ascontiguousarray(array.transpose(self.rows + self.columns)).reshape(self.shape(array.shape))


def unfolded(student: Shapes, plain: Sequence[Piece], wanted: Sequence[Slot]) -> Iterator[list[Piece]]:
    """The student's pieces (`plain`: as they are) with arrays of more axes as matrices and vectors; none if there are
    no such arrays.
    """
    groups: dict[Shape, list[int]] = {}
    folds: dict[int, list[Fold]] = {}
    for place, (name, shape) in enumerate(student):
        if ways := _folds(name, tuple(shape), wanted):
            folds[place] = ways
            groups.setdefault(tuple(shape), []).append(place)
    chosen = _chosen([[folds[place] for place in group] for group in groups.values()])
    for some in itertools.islice(chosen, MOST_VIEWS):
        found = dict(zip(itertools.chain(*groups.values()), some, strict=True))
        yield [_folded(piece, found.get(place), tuple(student[place][1])) for place, piece in enumerate(plain)]


def _folded(piece: Piece, fold: Fold | None, shape: Shape) -> Piece:
    return piece if fold is None else Piece(piece.name, fold.shape(shape), lambda given: fold.of(given[piece.name]))


def _folds(name: str, shape: Shape, wanted: Sequence[Slot]) -> list[Fold]:
    """Ways to read an array as several of the reference's, one under the other; those that differ only in axes of
    length 1 are the same.
    """
    shapes = {slot.shape for slot in wanted}
    if shape in shapes or not 2 <= len(shape) <= MOST_AXES:
        return []
    ways = [Fold(tuple(range(len(shape))))] if len(shape) > 2 or _is_bias(name, shape, shapes) else []
    ways += _matrices(len(shape)) if len(shape) > 2 else []
    fitting = [way for way in ways if _fits(way.shape(shape), shapes)]
    return list({_long(way, shape): way for way in reversed(fitting)}.values())[::-1][:MOST_WAYS]


def _is_bias(name: str, shape: Shape, shapes: set[Shape]) -> bool:
    """Whether a matrix is a vector for each head, or for each of several layers."""
    fits = shape[::-1] in shapes or any(len(other) == 2 and shape[1] == other[1] for other in shapes)
    return _BIAS.search(name.rpartition(".")[2]) is not None or ((math.prod(shape),) in shapes and not fits)


def _matrices(axes: int) -> Iterator[Fold]:
    """One axis as columns (as of what makes heads) or as rows first; axes in their own order before others."""
    every = range(axes)
    ordered = [
        Fold(rows, tuple(axis for axis in every if axis not in rows))
        for count in (axes - 1, *range(1, axes - 1))
        for rows in itertools.permutations(every, count)
    ]
    yield from sorted(ordered, key=lambda fold: fold.rows != tuple(sorted(fold.rows)))
    for fold in ordered:
        others = itertools.islice(itertools.permutations(fold.columns), 1, None)
        yield from (Fold(fold.rows, columns) for columns in others)


def _fits(shape: Shape, shapes: set[Shape]) -> bool:
    return any(
        len(shape) == len(other) and shape[1:] == other[1:] and shape[0] in [count * other[0] for count in PARTS]
        for other in shapes
    )


def _long(fold: Fold, shape: Shape) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(axis for axis in axes if shape[axis] > 1) for axes in (fold.rows, fold.columns))


def _chosen(groups: Sequence[Sequence[Sequence[Fold]]]) -> Iterator[tuple[Fold, ...]]:
    """One fold for each array: all of a group alike; then one of them, the last one first, otherwise."""
    if not groups:
        return
    alike = [[list(way) for way in zip(*group, strict=True)] for group in groups]
    yield from (tuple(itertools.chain(*ways)) for ways in _likeliest(alike))
    for number, group in enumerate(groups):
        others = [*alike[:number], list(_with_one_other(group)), *alike[number + 1 :]]
        yield from (tuple(itertools.chain(*ways)) for ways in _likeliest(others))


def _likeliest(options: Sequence[Sequence[T]]) -> Iterator[list[T]]:
    """One of each, those that come early in all of them first."""
    for late in range(sum(len(some) - 1 for some in options) + 1 if all(options) else 0):
        yield from _so_late(options, late)


def _so_late(options: Sequence[Sequence[T]], late: int) -> Iterator[list[T]]:
    if not options:
        yield from [[]] if late == 0 else []
        return
    for place, one in enumerate(options[0][: late + 1]):
        for others in _so_late(options[1:], late - place):
            yield [one, *others]


def _with_one_other(group: Sequence[Sequence[Fold]]) -> Iterator[list[Fold]]:
    for place in reversed(range(len(group))) if len(group) > 1 else ():
        for way in zip(*group, strict=True):
            for other in group[place]:
                if other != way[place]:
                    yield [*way[:place], other, *way[place + 1 :]]
