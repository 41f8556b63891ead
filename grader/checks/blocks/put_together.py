"""Matrices side by side: one layer for inputs that are put together, `W [a, b]`, or one for each, `U a + V b`."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from grader.checks.blocks.pieces import Arrays, Part, Piece, Slot, Summed, Take, layer
from grader.sandbox.protocol import Array

MOST_PARTS = 3
MOST_WAYS = 60


def cut(view: Sequence[Piece], wanted: Sequence[Slot]) -> Iterator[list[Piece]]:
    """The student's wider matrices cut into those of the reference; a bias that is there once stands for several."""
    ways = {piece.name: list(_cuts(piece, view, wanted)) for piece in view}
    if not any(ways.values()):
        return
    options = [ways[piece.name] or [[piece]] for piece in view]
    for chosen in itertools.islice(itertools.product(*options), MOST_WAYS):
        found = [piece for pieces in chosen for piece in pieces]
        yield found
        if zeros := _zeros(chosen, view):
            yield [*found, *zeros]


def joined(view: Sequence[Piece], wanted: Sequence[Slot]) -> Iterator[list[Piece]]:
    """Matrices of the student's put side by side, as wide as one of the reference that the student lacks."""
    surplus = _surplus(view, wanted)
    for place in _surplus(wanted, view):
        fitting = [
            part for part in surplus if len(part.shape) == 2 == len(place.shape) and part.shape[0] == place.shape[0]
        ]
        for count in range(2, MOST_PARTS + 1):
            for parts in itertools.permutations(fitting, count):
                if sum(part.shape[1] for part in parts) == place.shape[1]:
                    yield [*_without(view, parts), *_side_by_side(parts, view)]


def swapped(view: Sequence[Piece], wanted: Sequence[Slot]) -> Iterator[list[Piece]]:
    """Matrices or kernels for two inputs that are put together in the other order, `[b, a]` for `[a, b]`.

    First all at once that are for twice as many channels as they give: those of a network that puts its skips second.
    """
    sizes = {size for place in wanted for size in place.shape[:2]}
    options = [[piece, *_swaps(piece, sizes)] for piece in view]
    for smallest in (2, 1):
        ways = [_halves_swapped(piece) if _joins_halves(piece, smallest) else piece for piece in view]
        if ways != list(view):
            yield ways
    yield from (list(way) for way in itertools.islice(itertools.product(*options), 1, MOST_WAYS))


def _swaps(piece: Piece, sizes: set[int]) -> Iterator[Piece]:
    if len(piece.shape) >= 2:
        width = piece.shape[1]
        halves = {width // 2} if width % 2 == 0 else set()
        for first in sorted({size for size in sizes if width - size in sizes} | halves):
            yield Piece(piece.name, piece.shape, partial(_rolled, piece.take, first))


def _joins_halves(piece: Piece, smallest: int) -> bool:
    """Whether it gives half as many channels as it is for, with a kernel at least so wide."""
    if len(piece.shape) < 2:
        return False
    rows, width, *kernel = piece.shape
    return width == 2 * rows and all(size >= smallest for size in kernel)


def _halves_swapped(piece: Piece) -> Piece:
    return Piece(piece.name, piece.shape, partial(_rolled, piece.take, piece.shape[0]))


def _rolled(take: Take, first: int, given: Arrays) -> Array:
    return np.ascontiguousarray(np.roll(take(given), first, axis=1))


def _cuts(piece: Piece, view: Sequence[Piece], wanted: Sequence[Slot]) -> Iterator[list[Piece]]:
    """Ways to cut a matrix, as it is or the other way round, into columns of the reference's widths."""
    if len(piece.shape) != 2 or piece not in _surplus(view, wanted):
        return
    for shape, turned in ((piece.shape, False), (piece.shape[::-1], True)):
        widths = {place.shape[1] for place in wanted if len(place.shape) == 2 and place.shape[0] == shape[0]}
        for count in range(2, MOST_PARTS + 1):
            for way in itertools.product(sorted(widths), repeat=count):
                if sum(way) == shape[1]:
                    yield _columns(piece, shape[0], way, turned=turned)


def _columns(piece: Piece, rows: int, widths: Sequence[int], *, turned: bool) -> list[Piece]:
    def take(given: Arrays, first: int, width: int) -> Array:
        whole = piece.take(given).T if turned else piece.take(given)
        return np.ascontiguousarray(whole[:, first : first + width])

    starts = [sum(widths[:number]) for number in range(len(widths))]
    return [
        Piece(numbered(piece.name, number), (rows, width), lambda given, at=(first, width): take(given, *at))  # type: ignore[misc]
        for number, (first, width) in enumerate(zip(starts, widths, strict=True))
    ]


def numbered(name: str, number: int) -> str:
    """`qkv.weight` becomes `qkv:0.weight`: its parts belong to the parts of `qkv.bias`."""
    module, dot, last = name.rpartition(".")
    return f"{module}:{number}{dot}{last}" if dot else f"{last}:{number}"


def _zeros(chosen: Sequence[Sequence[Piece]], view: Sequence[Piece]) -> list[Piece]:
    """For each matrix that was cut, a bias of zeros for every part but one: added up, they are the one there is."""
    biases = {layer(piece.name): piece for piece in view if len(piece.shape) == 1}
    return [
        Piece(numbered(bias.name, number), bias.shape, _nothing_of(bias.take))
        for piece, parts in zip(view, chosen, strict=True)
        if len(parts) > 1 and (bias := biases.get(layer(piece.name))) is not None
        for number in range(1, len(parts))
    ]


def _nothing_of(take: Take) -> Take:
    return Summed(lambda given: np.zeros_like(take(given)), take)


def _surplus(some: Sequence[Part], others: Sequence[Slot]) -> list[Part]:
    """Those of shapes of which there are more than among the others."""
    counts = Counter(piece.shape for piece in some)
    counts.subtract(piece.shape for piece in others)
    return [piece for piece in some if counts[piece.shape] > 0]


def _without(view: Sequence[Piece], parts: Sequence[Piece]) -> list[Piece]:
    """All but these matrices and their biases."""
    gone = {layer(part.name) for part in parts}
    return [piece for piece in view if piece not in parts and not (len(piece.shape) == 1 and layer(piece.name) in gone)]


def _side_by_side(parts: Sequence[Piece], view: Sequence[Piece]) -> list[Piece]:
    """One matrix, and one bias if there are any: their sum."""
    mine = {layer(part.name) for part in parts}
    biases = [piece for piece in view if len(piece.shape) == 1 and layer(piece.name) in mine]
    return [side_by_side(parts[0].name, parts), *([added_up(biases[0].name, biases)] if biases else [])]


def one_under_the_other(name: str, parts: Sequence[Piece]) -> Piece:
    """Arrays of the same columns as one."""
    shape = (sum(part.shape[0] for part in parts), *parts[0].shape[1:])
    return Piece(name, shape, lambda given: np.concatenate([part.take(given) for part in parts]))


def side_by_side(name: str, parts: Sequence[Piece]) -> Piece:
    """Matrices of the same rows as one."""
    shape = (parts[0].shape[0], sum(part.shape[1] for part in parts))
    return Piece(name, shape, lambda given: np.concatenate([part.take(given) for part in parts], axis=1))


def added_up(name: str, biases: Sequence[Piece]) -> Piece:
    """The sum of biases as one."""

    def total(given: Arrays) -> Array:
        return np.asarray(np.sum([bias.take(given) for bias in biases], axis=0))

    return Piece(name, biases[0].shape, Summed(total, biases[0].take))
