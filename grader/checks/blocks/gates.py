"""Recurrent cells: gates in any order, fused or apart, for inputs and states together or not, with one bias or several.

Each parameter is read as rows of gates by columns of parts (`x` for inputs, `h` for states, a bias). The same order of
gates holds for all of a student's parameters, as nobody writes them in several. A bias is for the gates of the matrix
that is called as it is (`h2n.weight` and `h2n.bias`, `W_hn` and `b_hn`), or else in the order of biases; so some gates
may have fewer biases than others.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial

import numpy as np

from grader.checks.blocks.pieces import Arrays, Shape, Shapes, Summed, Take, layer, weight_or_bias
from grader.sandbox.protocol import Array

MOST_GATES = 4
BIAS = ("bias",)


@dataclass(frozen=True)
class Sizes:
    """So many gates of so many units, for so many inputs; whether states come before inputs where both are together,
    whether square matrices are stored the other way round, and whether names tell which matrix a bias belongs to.
    """

    gates: int
    units: int
    inputs: int
    states_first: bool
    turned: bool
    named: bool

    def columns(self, width: int) -> tuple[str, ...] | None:
        """The parts that a matrix of this width is for."""
        together = ("h", "x") if self.states_first else ("x", "h")
        return {self.inputs: ("x",), self.units: ("h",), self.inputs + self.units: together}.get(width)

    def width(self, part: str) -> int:
        """The columns of a part."""
        return self.inputs if part == "x" else self.units


@dataclass(frozen=True)
class Read:
    """A parameter, or its part at a `place` of the first axis, read as gates × parts: how many gates, and whether it is
    stored turned; then the first of its gates, and of which `family` of its kind it is, as of two biases that are added
    up.
    """

    name: str
    shape: Shape
    count: int
    parts: tuple[str, ...]
    turned: bool
    place: int | None = None
    first: int = 0
    family: int = 0

    def has(self, gate: int, part: str) -> bool:
        """Whether a gate's block of a part is in it."""
        return part in self.parts and self.first <= gate < self.first + self.count

    def of(self, given: Arrays) -> Array:
        """Its numbers, gates one below the other."""
        array = given[self.name] if self.place is None else given[self.name][self.place]
        return array.T if self.turned else array


def gated(student: Shapes, reference: Shapes) -> Iterator[dict[str, Take]]:
    """For each way to read both as the same gates: how each reference parameter is taken from the student's."""
    known: list[tuple[list[Read], list[Read], int]] = []
    known_numbers: set[tuple[bytes, ...]] = set()
    digest = _digest_of(student)
    for gates, units, inputs in () if _has_other_layers(reference) else _sizes(reference):
        ways = [Sizes(gates, units, inputs, *way) for way in itertools.product((False, True), repeat=3)]
        read = [(sizes, own) for sizes in ways if (own := _read(student, sizes)) is not None]
        # The reference's names are those of layers; a student's may be anything.
        told = [others for others in ways if others.named]
        wanted = [theirs for others in told if (theirs := _read(reference, others)) is not None] if read else []
        for (sizes, own), theirs in itertools.product(read, wanted):
            if (own, theirs, gates) in known or not _together(own, theirs, gates):
                continue
            if gates > 1 and not _is_cell(theirs):
                continue
            known.append((own, theirs, gates))
            # Many orders take a parameter in the same way, which is made once: what it gives can be kept then.
            biases = cache(partial(_by_family, theirs, part=BIAS[0]))
            taken = cache(partial(_taken, own=_Own(own, sizes), biases=biases))
            for order in itertools.permutations(range(gates)):
                takes = {one.name: taken(one, order[one.first : one.first + one.count]) for one in theirs}
                # What is read in another way often comes to the same numbers, and would be tried again.
                if (numbers := tuple(digest(take) for take in takes.values())) not in known_numbers:
                    known_numbers.add(numbers)
                    yield takes


def _digest_of(student: Shapes) -> Callable[[Take], bytes]:
    """What tells ways to take numbers apart: of what they take from some numbers that all differ."""

    @cache  # drawn only where there is a way at all: a student's network may be large
    def given() -> dict[str, Array]:
        drawn = np.random.default_rng(0)
        return {name: drawn.standard_normal(shape, np.float32) for name, shape in student}

    return cache(lambda take: hashlib.blake2b(np.ascontiguousarray(take(given())).tobytes(), digest_size=16).digest())


def _has_other_layers(reference: Shapes) -> bool:
    """Whether there are weights in one row that are beside no matrix: those of a normalization."""
    matrices = {layer(name) for name, shape in reference if len(shape) > 1}
    rows = [name for name, shape in reference if len(shape) == 1 and layer(name) not in matrices]
    return any(weight_or_bias(name) == "weight" for name in rows)


def _sizes(reference: Shapes) -> Iterator[tuple[int, int, int]]:
    """What may be the number of gates, of units and of inputs."""
    lengths = {size for _, shape in reference if len(shape) == 2 for size in shape}
    for gates in range(MOST_GATES, 0, -1):
        for units in sorted(lengths | {length // gates for length in lengths if length % gates == 0}):
            inputs = {length - units for length in lengths if length > units} | (lengths - {units})
            yield from ((gates, units, few) for few in sorted(inputs))


def _read(listed: Shapes, sizes: Sizes) -> list[Read] | None:
    """All parameters as gates; None if one of them is none, or gates are missing."""
    found: list[Read] = []
    for name, shape, place in _apart(listed, sizes.gates):
        one = _one(name, shape, sizes)
        if one is None:
            return None
        found.append(replace(one, place=place))
    matrices = _matrices([one for one in found if one.parts != BIAS], sizes)
    if matrices is None:
        return None
    placed = iter(matrices), iter(_biases([one for one in found if one.parts == BIAS], matrices, sizes))
    whole = [next(placed[one.parts == BIAS]) for one in found]
    if any(one.first + one.count > sizes.gates for one in whole):
        return None
    counts = [sum(one.has(gate, BIAS[0]) for one in whole) for gate in range(sizes.gates)]
    return whole if all(counts) or not any(counts) else None


def _apart(listed: Shapes, gates: int) -> Iterator[tuple[str, Shape, int | None]]:
    """Parameters by name; matrices of gates that are stacked in one array, and the biases with them, one by one."""
    stacked = any(len(shape) == 3 and shape[0] == gates for _, shape in listed)
    for name, shape in listed:
        if stacked and gates > 1 and len(shape) > 1 and shape[0] == gates:
            yield from ((name, tuple(shape[1:]), place) for place in range(gates))
        else:
            yield name, tuple(shape), None


def _matrices(found: list[Read], sizes: Sizes) -> list[Read] | None:
    """Matrices with their gates, in the order in which they come; None where some gates lack a part."""
    counted: dict[str, int] = {}
    placed: list[Read] = []
    for one in found:
        numbers = {counted.get(part, 0) for part in one.parts}
        if len(numbers) > 1:
            return None
        number = numbers.pop()
        counted |= dict.fromkeys(one.parts, number + one.count)
        placed.append(replace(one, first=number % sizes.gates, family=number // sizes.gates))
    return placed if all(count % sizes.gates == 0 for count in counted.values()) else None


def _biases(found: list[Read], matrices: list[Read], sizes: Sizes) -> Iterator[Read]:
    """Biases with the gates of their matrices, those of states second; where names tell no matrix, in their order."""
    number = 0
    for one in found:
        beside = [other for other in matrices if layer(other.name) == layer(one.name) and other.place == one.place]
        if sizes.named and len(beside) == 1 and beside[0].count == one.count:
            yield replace(one, first=beside[0].first, family=2 * beside[0].family + (beside[0].parts == ("h",)))
        else:
            yield replace(one, first=number % sizes.gates, family=2 * (number // sizes.gates))
            number += one.count


def _one(name: str, shape: Shape, sizes: Sizes) -> Read | None:
    counts = {count * sizes.units: count for count in range(1, sizes.gates + 1)}
    if len(shape) == 1 and shape[0] in counts:
        return Read(name, shape, counts[shape[0]], BIAS, turned=False)
    if len(shape) != 2:
        return None
    ways = [(shape[0], shape[1], False), (shape[1], shape[0], True)]
    for row, width, turned in reversed(ways) if sizes.turned else ways:
        if row in counts and (parts := sizes.columns(width)) is not None:
            return Read(name, shape, counts[row], parts, turned)
    return None


def _together(own: list[Read], theirs: list[Read], gates: int) -> bool:
    """Whether the student has the parts that the reference has, each as often but for biases."""
    if any(_count(own, part) != _count(theirs, part) for part in ("x", "h")):
        return False
    mine, wanted = ([any(one.has(gate, BIAS[0]) for one in some) for gate in range(gates)] for some in (own, theirs))
    return mine == wanted


def _count(listed: list[Read], part: str) -> int:
    return sum(one.count for one in listed if part in one.parts)


def _is_cell(listed: list[Read]) -> bool:
    """Whether gates look at a state and something else: of one matrix each, any order is that of plain layers."""
    parts = [(part, one.family) for one in listed if one.parts != BIAS for part in one.parts]
    return any(part == "h" for part, _ in parts) and len(set(parts)) > 1


@dataclass(eq=False)
class _Own:
    """A student's parameters as gates, and the blocks of the numbers that were looked at last."""

    listed: list[Read]
    sizes: Sizes
    last: tuple[Arrays, dict[tuple[int, str], list[Array]]] = field(default_factory=lambda: ({}, {}))
    places: dict[tuple[int, str], list[Read]] = field(default_factory=dict)

    def blocks(self, given: Arrays, gate: int, part: str) -> list[Array]:
        """A gate's block of a part, by family."""
        if self.last[0] is not given:
            self.last = (given, {})
        known = self.last[1]
        if (gate, part) not in known:
            if (gate, part) not in self.places:
                self.places[gate, part] = _by_family(self.listed, gate, part)
            known[gate, part] = _blocks(given, self.places[gate, part], self.sizes, gate, part)
        return known[gate, part]


def _taken(one: Read, gates: tuple[int, ...], own: _Own, biases: Callable[[int], list[Read]]) -> Take:
    """A reference parameter, put together from the student's blocks of these gates. Where a gate of the reference has
    several biases, the student's are these if they are as many; else their sum is the first.
    """
    wanted = [biases(one.first + number) for number in range(len(gates))]

    def made(given: Arrays, *, slopes: bool) -> Array:
        rows = []
        for gate, several in zip(gates, wanted, strict=True):
            found = [own.blocks(given, gate, part) for part in one.parts]
            if one.parts != BIAS:
                rows.append(np.concatenate([arrays[one.family] for arrays in found], axis=1))
            elif len(found[0]) == len(several):
                rows.append(found[0][several.index(one)])
            elif slopes:
                rows.append(found[0][0])
            else:
                rows.append(np.asarray(np.sum(found[0], axis=0) * (several.index(one) == 0)))
        whole = np.concatenate(rows)
        return np.asarray(whole.T if one.turned else whole, dtype=rows[0].dtype)

    return Summed(lambda given: made(given, slopes=False), lambda given: made(given, slopes=True))


def _by_family(listed: list[Read], gate: int, part: str) -> list[Read]:
    return sorted((one for one in listed if one.has(gate, part)), key=lambda one: one.family)


def _blocks(given: Arrays, own: list[Read], sizes: Sizes, gate: int, part: str) -> list[Array]:
    """A gate's block of a part, by family."""
    found: list[Array] = []
    for one in own:
        rows = one.of(given)[(gate - one.first) * sizes.units : (gate - one.first + 1) * sizes.units]
        found.append(rows if part in BIAS else rows[:, slice(*_columns(one, part, sizes))])
    return found


def _columns(one: Read, part: str, sizes: Sizes) -> tuple[int, int]:
    """Where a part's columns begin, and where they end."""
    before = sum(sizes.width(other) for other in one.parts[: one.parts.index(part)])
    return before, before + sizes.width(part)
