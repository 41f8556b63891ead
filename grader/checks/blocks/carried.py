"""A student's weights carried over to the reference's module: by shape and role, whatever they are called.

A student may fuse three projections into one, keep one for each head, or store a matrix the other way round. Each way
to lay the student's numbers out over the reference's parameters is a candidate; if the two modules are the same
function under one of them, they are the same.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from grader.checks.blocks.gates import gated
from grader.sandbox.protocol import Array

MAX_CANDIDATES = 600
_WORDS = re.compile(r"(?i)weights?|bias(es)?|kernel|gamma|beta|scale|shift|^[wb]_?(?=.)|_?[wb]$")
Arrays = Mapping[str, Array]
Take = Callable[[Arrays], Array]
Shapes = Sequence[tuple[str, tuple[int, ...]]]


@dataclass(frozen=True)
class Piece:
    """Numbers of a student's parameters that may be one of the reference's: where from, their shape, how taken."""

    name: str
    shape: tuple[int, ...]
    take: Take


def candidates(student: Shapes, reference: Shapes, optional: Sequence[str] = ()) -> Iterator[dict[str, Take]]:
    """For each reference parameter how it is taken from the student's; the likeliest first.

    What is `optional` (patterns of names) may be missing: a bias of zeros, a weight of ones.
    """
    wanted = [Piece(name, tuple(shape), _nothing) for name, shape in reference]
    yield from itertools.islice(_laid_out(student, wanted, optional), MAX_CANDIDATES)
    yield from gated(student, [(piece.name, piece.shape) for piece in wanted])


def _laid_out(student: Shapes, wanted: list[Piece], optional: Sequence[str]) -> Iterator[dict[str, Take]]:
    for view in _views(student, {piece.shape for piece in wanted}):
        for left_out in _left_out(view, wanted, optional):
            there = [piece for piece in wanted if piece.name not in left_out]
            for order in _orders(view, there):
                yield {**left_out, **{own.name: piece.take for own, piece in zip(there, order, strict=True)}}


def _nothing(_: Arrays) -> Array:
    raise NotImplementedError


def _views(student: Shapes, shapes: set[tuple[int, ...]]) -> Iterator[list[Piece]]:
    """The student's parameters as they are; then transposed, split or joined, where their shapes do not fit."""
    plain = [_plain(name, tuple(shape), shapes) for name, shape in student]
    yield plain
    if all(piece.shape in shapes for piece in plain):
        square = [piece for piece in plain if len(piece.shape) == 2 and piece.shape[0] == piece.shape[1]]
        if square:
            yield [_transposed(piece) if piece in square else piece for piece in plain]
        return
    for turned in (plain, [_turned(piece, shapes) for piece in plain]):
        joined = _joined(turned, shapes)
        for pieces in (turned, joined) if joined != turned else (turned,):
            for heads in _head_counts(pieces, shapes):
                yield [part for piece in pieces for part in _split(piece, shapes, heads)]


def _plain(name: str, shape: tuple[int, ...], shapes: set[tuple[int, ...]]) -> Piece:
    """A parameter as it is, but for axes of length 1 that are more or fewer than the reference has."""
    long = [size for size in shape if size != 1]
    same = [other for other in shapes if [size for size in other if size != 1] == long]
    fit = same[0] if shape not in shapes and len(same) == 1 else shape
    return Piece(name, fit, lambda given: given[name].reshape(fit))


def _transposed(piece: Piece) -> Piece:
    return Piece(piece.name, piece.shape[::-1], lambda given: piece.take(given).T)


def _turned(piece: Piece, shapes: set[tuple[int, ...]]) -> Piece:
    """The other way round, where that fits, or might after splitting."""
    if len(piece.shape) != 2 or piece.shape in shapes:
        return piece
    rows = {shape[1] for shape in shapes if len(shape) == 2}
    return _transposed(piece) if piece.shape[::-1] in shapes or piece.shape[0] in rows else piece


def _joined(pieces: list[Piece], shapes: set[tuple[int, ...]]) -> list[Piece]:
    """Parameters that are called the same but for a number (one for each head), one under the other."""
    groups: dict[str, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(re.sub(r"\d+", "#", piece.name), []).append(piece)
    found: list[Piece] = []
    for name, group in groups.items():
        shape = (len(group) * group[0].shape[0], *group[0].shape[1:]) if group[0].shape else ()
        same = all(piece.shape == group[0].shape for piece in group)
        if len(group) > 1 and same and group[0].shape not in shapes and any(_divides(shape, other) for other in shapes):
            found.append(Piece(name, shape, lambda given, group=group: np.concatenate([p.take(given) for p in group])))  # type: ignore[misc]
        else:
            found += group
    return found


def _divides(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether an array of the first shape is one or several of the other, one under the other."""
    return (
        len(shape) == len(other)
        and shape[1:] == other[1:]
        and bool(other)
        and other[0] > 0
        and shape[0] % other[0] == 0
    )


def _head_counts(pieces: list[Piece], shapes: set[tuple[int, ...]]) -> list[int]:
    """1: parts lie one after the other; more: they alternate from head to head."""
    rows = {
        other[0] for piece in pieces for other in shapes if piece.shape not in shapes and _divides(piece.shape, other)
    }
    common = math.gcd(*rows) if rows else 1
    return [heads for heads in range(1, common + 1) if common % heads == 0]


def _split(piece: Piece, shapes: set[tuple[int, ...]], heads: int) -> list[Piece]:
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
        Piece(_numbered(piece.name, index), part, lambda given, index=index: take(given, index))  # type: ignore[misc]
        for index in range(count)
    ]


def _numbered(name: str, index: int) -> str:
    """`qkv.weight` becomes `qkv:0.weight`: its parts belong to the parts of `qkv.bias`."""
    module, dot, last = name.rpartition(".")
    return f"{module}:{index}{dot}{last}" if dot else f"{last}:{index}"


def _left_out(view: list[Piece], wanted: list[Piece], optional: Sequence[str]) -> Iterator[dict[str, Take]]:
    """Ways to leave out as many optional parameters of each shape as the student lacks."""
    ways: list[list[tuple[Piece, ...]]] = []
    for shape in dict.fromkeys([piece.shape for piece in (*wanted, *view)]):
        own = [piece for piece in wanted if piece.shape == shape]
        lacking = len(own) - sum(piece.shape == shape for piece in view)
        free = [piece for piece in own if any(fnmatchcase(piece.name, pattern) for pattern in optional)]
        if lacking < 0 or lacking > len(free):
            return
        ways.append(list(itertools.combinations(free, lacking)))
    for way in itertools.islice(itertools.product(*ways), MAX_CANDIDATES):
        yield {piece.name: _filled(piece) for part in way for piece in part}


def _filled(piece: Piece) -> Take:
    value = 1.0 if piece.name.endswith("weight") else 0.0
    return lambda _: np.full(piece.shape, value, dtype=np.float32)


def _orders(view: list[Piece], wanted: list[Piece]) -> Iterator[list[Piece]]:
    """The student's pieces in the order of the reference's parameters."""
    own, other = _units(view), _units(wanted)
    if sorted(map(_kind, own)) == sorted(map(_kind, other)):
        groups = [[unit for unit in own if _kind(unit) == kind] for kind in dict.fromkeys(map(_kind, other))]
        kinds = list(dict.fromkeys(map(_kind, other)))
        for chosen in itertools.product(*(itertools.permutations(group) for group in groups)):
            left = {kind: list(units) for kind, units in zip(kinds, chosen, strict=True)}
            matched = {unit[0].name: left[_kind(unit)].pop(0) for unit in other}
            found = {
                theirs.name: ours
                for unit in other
                for theirs, ours in zip(_sorted(unit), _sorted(matched[unit[0].name]), strict=True)
            }
            yield [found[piece.name] for piece in wanted]
        return
    shapes = list(dict.fromkeys(piece.shape for piece in wanted))
    for ways in itertools.product(*(itertools.permutations([p for p in view if p.shape == s]) for s in shapes)):
        pool = {shape: list(pieces) for shape, pieces in zip(shapes, ways, strict=True)}
        yield [pool[piece.shape].pop(0) for piece in wanted]


def _units(pieces: list[Piece]) -> list[list[Piece]]:
    """Weight and bias of one layer belong together."""
    found: dict[str, list[Piece]] = {}
    for piece in pieces:
        found.setdefault(_layer(piece.name), []).append(piece)
    return list(found.values())


def _layer(name: str) -> str:
    """The module, and what is left of the name without the words for weights and biases: `Wq` and `bq` give `q`."""
    module, _, last = name.rpartition(".")
    return f"{module}.{_WORDS.sub('', last)}"


def _kind(unit: list[Piece]) -> str:
    return repr([(piece.shape, _last(piece)) for piece in _sorted(unit)])


def _sorted(unit: list[Piece]) -> list[Piece]:
    return sorted(unit, key=lambda piece: (len(piece.shape), _last(piece), piece.shape))


def _last(piece: Piece) -> str:
    """`weight` or `bias`, where shapes alone do not tell, as in normalisations; else nothing."""
    if len(piece.shape) != 1:
        return ""
    last = piece.name.rpartition(".")[2].lower()
    return "bias" if any(word in last for word in ("bias", "beta", "shift")) or last.startswith("b") else "weight"


def other_parameters(own: Shapes, wanted: Shapes) -> str:
    """That nothing can be carried over, in words."""
    return f"its parameters have the shapes {_listed(own)}, expected {_listed(wanted)}"


def _listed(listed: Shapes) -> str:
    found = [f"{name} {' × '.join(map(str, shape)) or '1'}" for name, shape in listed]
    return ", ".join(found)[:400] or "none"
