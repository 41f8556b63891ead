"""A student's weights carried over to the reference's module: by shape and role, whatever they are called.

A student may fuse three projections into one, keep one for each head, or store a matrix the other way round. Each way
to lay the student's numbers out over the reference's parameters is a candidate; if the two modules are the same
function under one of them, they are the same.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

import numpy as np

from grader.checks.blocks.folded import unfolded
from grader.checks.blocks.for_each_head import joined_by_number, parted
from grader.checks.blocks.fused import fused
from grader.checks.blocks.gates import gated
from grader.checks.blocks.made_once import MadeOnce
from grader.checks.blocks.orders import by_role, orders
from grader.checks.blocks.pieces import Piece, Shape, Shapes, Slot, Take, kind, slots, units
from grader.checks.blocks.put_together import (
    cut,
    joined,
    swapped,
)
from grader.checks.blocks.recurrent import gated_within
from grader.checks.blocks.regrouped import regrouped

MAX_CANDIDATES, MAX_VIEWS, MAX_WAYS = 600, 100, 5
_NUMBER, _LAST_NUMBER = re.compile(r"\d+"), re.compile(r"\d+(?=\D*$)")


_KEPT: MadeOnce[dict[str, Take]] = MadeOnce()  # a case with a mask has the parameters of one without


def candidates(student: Shapes, reference: Shapes, optional: Sequence[str] = ()) -> Iterator[dict[str, Take]]:
    """For each reference parameter how it is taken from the student's; the likeliest first.

    What is `optional` (patterns of names) may be missing: a bias of zeros, a weight of ones.
    """
    mine, theirs = (tuple((name, tuple(shape)) for name, shape in listed) for listed in (student, reference))
    asked = (mine, theirs, tuple(optional))
    yield from _KEPT.of(asked, lambda: _candidates(*asked))


def _candidates(student: Shapes, reference: Shapes, optional: Sequence[str]) -> Iterator[dict[str, Take]]:
    wanted = slots(reference)
    yield from itertools.islice(_laid_out(student, wanted, optional), MAX_CANDIDATES)
    yield from gated(student, reference)
    yield from itertools.islice(gated_within(student, reference), MAX_CANDIDATES)
    for whole in fused(slots(student), wanted):
        for takes in itertools.islice(_laid_out(student, list(whole.slots), optional), MAX_CANDIDATES):
            yield whole.together(takes)


def _laid_out(student: Shapes, wanted: list[Slot], optional: Sequence[str]) -> Iterator[dict[str, Take]]:
    """The first order of each view, with one way to leave out what may be missing, then with others; then all orders.
    Views whose layers are of the reference's kinds come first: of those that fit by shapes alone there are many.
    """
    for first, ways in ((0, 1), (1, MAX_WAYS)):
        for view in itertools.islice(_views(student, wanted), MAX_VIEWS):
            for left_out in itertools.islice(_left_out(view, wanted, optional), first, ways):
                for pieces in by_role(view):
                    yield from itertools.islice(_of_view(pieces, wanted, left_out), 1)
    for alike in (True, False):
        for view in _views(student, wanted):
            for left_out in _left_out(view, wanted, optional):
                yield from _of_view(view, wanted, left_out, alike)


def _of_view(
    view: list[Piece], wanted: list[Slot], left_out: Mapping[str, Take], alike: bool | None = None
) -> Iterator[dict[str, Take]]:
    there = [piece for piece in wanted if piece.name not in left_out]
    for order in orders(view, there) if alike is None or _is_alike(view, there) is alike else ():
        yield {**left_out, **{own.name: piece.take for own, piece in zip(there, order, strict=True)}}


def _is_alike(view: Sequence[Slot], wanted: Sequence[Slot]) -> bool:
    return sorted(map(kind, units(view))) == sorted(map(kind, units(wanted)))


def _views(student: Shapes, wanted: list[Slot]) -> Iterator[list[Piece]]:
    """The student's parameters as they are; then transposed, split or joined, where their shapes do not fit."""
    shapes = {place.shape for place in wanted}
    plain = [_plain(name, tuple(shape), shapes) for name, shape in student]
    yield plain
    for pieces in unfolded(student, plain, wanted):
        bare = [_transposed(piece) if piece in plain and _bare(piece) else piece for piece in pieces]
        for turned in (pieces, bare) if bare != pieces else (pieces,):
            yield from parted(turned, shapes)
    for one in _plain_views(plain, wanted):
        yield from _of_plain(one, wanted, shapes)


def _plain_views(plain: list[Piece], wanted: list[Slot]) -> Iterator[list[Piece]]:
    """As they are; then with one whose axes of length 1 are others, as a vector for a matrix of one row."""
    yield plain
    lacking = Counter(place.shape for place in wanted) - Counter(piece.shape for piece in plain)
    for shape in lacking:
        for number, piece in enumerate(plain):
            if shape != piece.shape and _long(shape) == _long(piece.shape):
                yield [*plain[:number], _reshaped(piece, shape), *plain[number + 1 :]]


def _of_plain(plain: list[Piece], wanted: list[Slot], shapes: set[Shape]) -> Iterator[list[Piece]]:
    yield plain
    yield from itertools.islice(_some_turned(plain, wanted), MAX_CANDIDATES)
    if all(piece.shape in shapes for piece in plain):
        for turnable in (_square, _matrix, _bare):
            if any(turnable(piece) for piece in plain):
                yield [_transposed(piece) if turnable(piece) else piece for piece in plain]
        yield from regrouped(plain)
        yield from _alternating(plain, shapes)
    else:
        yield from _of_other_shapes(plain, shapes)
    yield from cut(plain, wanted)
    yield from joined(plain, wanted)
    for turned in (plain, [_turned(piece, shapes) for piece in plain]):
        yield from swapped(turned, wanted)


def _alternating(plain: list[Piece], shapes: set[Shape]) -> Iterator[list[Piece]]:
    """Layers of a shape that fits by chance, one for each head: each gives queries, keys and values."""
    whole = joined_by_number(plain, shapes, _LAST_NUMBER, fitting=True)
    if whole != plain:
        yield from parted(whole, shapes)


def _of_other_shapes(plain: list[Piece], shapes: set[Shape]) -> Iterator[list[Piece]]:
    # Of matrices that are multiplied from the right some fit by chance as they are: those for d to h and for h to d.
    every = [_transposed(piece) if _bare(piece) else piece for piece in plain]
    fitting = [_turned(piece, shapes) for piece in plain]
    ways = (
        (plain, fitting, every) if [one.shape for one in every] != [one.shape for one in fitting] else (plain, fitting)
    )
    for turned in ways:
        others = [joined_by_number(turned, shapes, number) for number in (_LAST_NUMBER, _NUMBER)]
        for pieces in (turned, *(one for one in others if one != turned)):
            yield from parted(pieces, shapes)
            bare = [_transposed(piece) if _square(piece) and _bare(piece) else piece for piece in pieces]
            yield from parted(bare, shapes) if bare != pieces else ()


def _some_turned(plain: list[Piece], wanted: list[Slot]) -> Iterator[list[Piece]]:
    """As many matrices the other way round as are lacking so: each of those that there are too many of may be it."""
    have, need = (Counter(piece.shape for piece in pieces) for pieces in (plain, wanted))
    ways = []
    for shape in have - need:
        count = min((have - need)[shape], (need - have)[shape[::-1]]) if len(shape) == 2 else 0
        if count:
            places = [place for place, piece in enumerate(plain) if piece.shape == shape]
            ways.append(list(itertools.combinations(places, count)))
    for way in itertools.product(*ways) if ways else ():
        turned = {place for part in way for place in part}
        yield [_transposed(piece) if place in turned else piece for place, piece in enumerate(plain)]


def _square(piece: Piece) -> bool:
    return _matrix(piece) and piece.shape[0] == piece.shape[1]


def _matrix(piece: Piece) -> bool:
    return len(piece.shape) == 2


def _bare(piece: Piece) -> bool:
    """A matrix that no layer of PyTorch's holds: it may be multiplied from the right."""
    return _matrix(piece) and piece.name.rpartition(".")[2] != "weight"


def _plain(name: str, shape: Shape, shapes: set[Shape]) -> Piece:
    """A parameter as it is, but for axes of length 1 that are more or fewer than the reference has."""
    same = [other for other in shapes if _long(other) == _long(shape)]
    fit = same[0] if shape not in shapes and len(same) == 1 else shape
    return Piece(name, fit, lambda given: given[name].reshape(fit))


def _long(shape: Shape) -> list[int]:
    return [size for size in shape if size != 1]


def _reshaped(piece: Piece, shape: Shape) -> Piece:
    return Piece(piece.name, shape, lambda given: piece.take(given).reshape(shape))


def _transposed(piece: Piece) -> Piece:
    return Piece(piece.name, piece.shape[::-1], lambda given: piece.take(given).T)


def _turned(piece: Piece, shapes: set[Shape]) -> Piece:
    """The other way round, where that fits, or might after splitting."""
    if len(piece.shape) != 2 or piece.shape in shapes:
        return piece
    rows = {shape[1] for shape in shapes if len(shape) == 2}
    return _transposed(piece) if piece.shape[::-1] in shapes or piece.shape[0] in rows else piece


def _left_out(view: list[Piece], wanted: list[Slot], optional: Sequence[str]) -> Iterator[dict[str, Take]]:
    """Ways to leave out as many optional parameters of each shape as the student lacks; a few from the last."""
    lacking_of = Counter([piece.shape for piece in wanted])
    lacking_of.subtract([piece.shape for piece in view])
    if any(lacking < 0 for lacking in lacking_of.values()):
        return
    ways: list[list[tuple[Slot, ...]]] = []
    for shape, lacking in lacking_of.items():
        free = [piece for piece in wanted if piece.shape == shape and _may_be_missing(piece.name, tuple(optional))]
        if lacking > len(free):
            return
        ways.append(list(itertools.combinations(free, lacking))[:: -1 if 2 * lacking < len(free) else 1])
    for way in itertools.islice(itertools.product(*ways), MAX_CANDIDATES):
        yield {piece.name: _filled(piece) for part in way for piece in part}


@lru_cache(maxsize=4096)
def _may_be_missing(name: str, optional: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in optional)


def _filled(piece: Slot) -> Take:
    value = 1.0 if piece.name.endswith("weight") else 0.0
    return lambda _: np.full(piece.shape, value, dtype=np.float32)


def other_parameters(own: Shapes, wanted: Shapes) -> str:
    """That nothing can be carried over, in words."""
    mine, theirs = (Counter(tuple(shape) for _, shape in listed) for listed in (own, wanted))
    parts = [("it lacks", theirs - mine), ("it has besides", mine - theirs)]
    summary = ", ".join(f"{words} {_counted(some)}" for words, some in parts if some)
    shapes = f"its parameters have the shapes {_listed(own)}, expected {_listed(wanted)}"
    return f"{summary}: {shapes}" if summary else shapes


def _counted(shapes: Counter[Shape]) -> str:
    parts = [f"{count} of {_words(shape)}" for shape, count in shapes.items()]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _words(shape: Shape) -> str:
    return " × ".join(map(str, shape)) or "1"


def _listed(listed: Shapes) -> str:
    found = [f"{name} {_words(tuple(shape))}" for name, shape in listed]
    return ", ".join(found)[:400] or "none"
