"""A student's weights carried over to the reference's module: by shape and role, whatever they are called.

A student may fuse three projections into one, keep one for each head, or store a matrix the other way round. Each way
to lay the student's numbers out over the reference's parameters is a candidate; if the two modules are the same
function under one of them, they are the same.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

import numpy as np

from grader.checks.blocks.folded import unfolded
from grader.checks.blocks.fused import fused
from grader.checks.blocks.gates import gated
from grader.checks.blocks.orders import orders
from grader.checks.blocks.pieces import Arrays, Piece, Shape, Shapes, Slot, Take, kind, layer, slots, units
from grader.checks.blocks.put_together import (
    added_up,
    cut,
    joined,
    numbered,
    one_under_the_other,
    side_by_side,
    swapped,
)
from grader.checks.blocks.recurrent import gated_within
from grader.checks.blocks.regrouped import regrouped
from grader.sandbox.protocol import Array

MAX_CANDIDATES, MAX_VIEWS, MAX_WAYS = 600, 100, 5
_ROLES = {
    place: re.compile(rf"(?i)(w|to|c)?_?({words})(_?(proj|projection|layer|linear|mat|matrix|heads?))?")
    for place, words in enumerate(("q|query|queries", "k|keys?", "v|values?", "o|out|output|proj|projection|mix"))
}
_NUMBER, _LAST_NUMBER = re.compile(r"\d+"), re.compile(r"\d+(?=\D*$)")


def candidates(student: Shapes, reference: Shapes, optional: Sequence[str] = ()) -> Iterator[dict[str, Take]]:
    """For each reference parameter how it is taken from the student's; the likeliest first.

    What is `optional` (patterns of names) may be missing: a bias of zeros, a weight of ones.
    """
    wanted = slots(reference)
    yield from itertools.islice(_laid_out(student, wanted, optional), MAX_CANDIDATES)
    yield from gated(student, reference)
    yield from itertools.islice(gated_within(student, reference), MAX_CANDIDATES)
    for parted in fused(slots(student), wanted):
        for takes in itertools.islice(_laid_out(student, list(parted.slots), optional), MAX_CANDIDATES):
            yield parted.together(takes)


def _laid_out(student: Shapes, wanted: list[Slot], optional: Sequence[str]) -> Iterator[dict[str, Take]]:
    """The first order of each view, with one way to leave out what may be missing, then with others; then all orders.
    Views whose layers are of the reference's kinds come first: of those that fit by shapes alone there are many.
    """
    for first, ways in ((0, 1), (1, MAX_WAYS)):
        for view in itertools.islice(_views(student, wanted), MAX_VIEWS):
            for left_out in itertools.islice(_left_out(view, wanted, optional), first, ways):
                for pieces in _by_role(view):
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


def _by_role(view: list[Piece]) -> Iterator[list[Piece]]:
    """As it is; then queries, keys and values first and what mixes heads last, as far as names tell."""
    yield view
    found = sorted(view, key=lambda piece: _role(piece.name))
    if found != view:
        yield found


def _role(name: str) -> float:
    module, _, last = layer(name).rpartition(".")
    stem = last.strip("_") or module.rpartition(".")[2]
    return next((place for place, pattern in _ROLES.items() if pattern.fullmatch(stem)), len(_ROLES) - 1.5)


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
            yield from _parted(turned, shapes)
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
    whole = _joined(plain, shapes, _LAST_NUMBER, fitting=True)
    if whole != plain:
        yield from _parted(whole, shapes)


def _of_other_shapes(plain: list[Piece], shapes: set[Shape]) -> Iterator[list[Piece]]:
    for turned in (plain, [_turned(piece, shapes) for piece in plain]):
        others = [_joined(turned, shapes, number) for number in (_LAST_NUMBER, _NUMBER)]
        for pieces in (turned, *(one for one in others if one != turned)):
            yield from _parted(pieces, shapes)
            bare = [_transposed(piece) if _square(piece) and _bare(piece) else piece for piece in pieces]
            yield from _parted(bare, shapes) if bare != pieces else ()


def _parted(pieces: list[Piece], shapes: set[Shape]) -> Iterator[list[Piece]]:
    for heads in _head_counts(pieces, shapes):
        yield [part for piece in pieces for part in _split(piece, shapes, heads)]


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


def _joined(pieces: list[Piece], shapes: set[Shape], number: re.Pattern[str], *, fitting: bool = False) -> list[Piece]:
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


def _left_out(view: list[Piece], wanted: list[Slot], optional: Sequence[str]) -> Iterator[dict[str, Take]]:
    """Ways to leave out as many optional parameters of each shape as the student lacks; a few from the last."""
    ways: list[list[tuple[Slot, ...]]] = []
    for shape in dict.fromkeys([piece.shape for piece in (*wanted, *view)]):
        own = [piece for piece in wanted if piece.shape == shape]
        lacking = len(own) - sum(piece.shape == shape for piece in view)
        free = [piece for piece in own if any(fnmatchcase(piece.name, pattern) for pattern in optional)]
        if lacking < 0 or lacking > len(free):
            return
        ways.append(list(itertools.combinations(free, lacking))[:: -1 if 2 * lacking < len(free) else 1])
    for way in itertools.islice(itertools.product(*ways), MAX_CANDIDATES):
        yield {piece.name: _filled(piece) for part in way for piece in part}


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
