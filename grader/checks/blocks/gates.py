"""Recurrent cells: gates in any order, fused or apart, for inputs and states together or not, with one bias or several.

Each parameter is read as rows of gates by columns of parts (`x` for inputs, `h` for states, a bias). The same order of
gates holds for all of a student's parameters, as nobody writes them in several.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial

import numpy as np

from grader.checks.blocks.pieces import Arrays, Shape, Shapes, Summed, Take
from grader.sandbox.protocol import Array

MOST_GATES = 4
BIAS = ("bias",)


@dataclass(frozen=True)
class Sizes:
    """So many gates of so many units, for so many inputs; whether states come before inputs where both are together,
    and whether square matrices are stored the other way round.
    """

    gates: int
    units: int
    inputs: int
    states_first: bool
    turned: bool

    def columns(self, width: int) -> tuple[str, ...] | None:
        """The parts that a matrix of this width is for."""
        together = ("h", "x") if self.states_first else ("x", "h")
        return {self.inputs: ("x",), self.units: ("h",), self.inputs + self.units: together}.get(width)

    def width(self, part: str) -> int:
        """The columns of a part."""
        return self.inputs if part == "x" else self.units


@dataclass(frozen=True)
class Read:
    """A parameter read as gates × parts: how many gates, and whether it is stored turned; then the first of its gates,
    and of which `family` of its kind it is, as of two biases that are added up.
    """

    name: str
    shape: Shape
    count: int
    parts: tuple[str, ...]
    turned: bool
    first: int = 0
    family: int = 0


def gated(student: Shapes, reference: Shapes) -> Iterator[dict[str, Take]]:
    """For each way to read both as the same gates: how each reference parameter is taken from the student's."""
    known: list[tuple[list[Read], list[Read], int]] = []
    for gates, units, inputs in _sizes(reference):
        ways = [Sizes(gates, units, inputs, *way) for way in itertools.product((False, True), repeat=2)]
        read = [(sizes, own) for sizes in ways if (own := _read(student, sizes)) is not None]
        wanted = [theirs for others in ways if (theirs := _read(reference, others)) is not None] if read else []
        for (sizes, own), theirs in itertools.product(read, wanted):
            if (own, theirs, gates) in known or not _together(own, theirs) or (gates > 1 and not _is_cell(theirs)):
                continue
            known.append((own, theirs, gates))
            # Many orders take a parameter in the same way, which is made once: what it gives can be kept then.
            taken = cache(
                partial(
                    _taken,
                    own=_Own(own, sizes, _families(own).get(BIAS[0], 0)),
                    biases=_families(theirs).get(BIAS[0], 0),
                )
            )
            for order in itertools.permutations(range(gates)):
                yield {one.name: taken(one, order[one.first : one.first + one.count]) for one in theirs}


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
    counted: dict[tuple[tuple[str, ...], str], int] = {}
    families: dict[tuple[str, ...], list[tuple[str, int]]] = {}
    for name, shape in listed:
        one = _one(name, tuple(shape), sizes)
        if one is None:
            return None
        beside = _beside(name, listed) if one.parts == BIAS else ""
        number = counted.get((one.parts, beside), 0)
        counted[one.parts, beside] = number + one.count
        known, family = families.setdefault(one.parts, []), (beside, number // sizes.gates)
        if family not in known:
            known.append(family)
        found.append(replace(one, first=number % sizes.gates, family=known.index(family)))
    return found if all(count % sizes.gates == 0 for count in counted.values()) else None


def _beside(name: str, listed: Shapes) -> str:
    """The shape of the weight of the same layer, by which its bias is told from those of other layers."""
    layer = name.rpartition(".")[0]
    weights = [shape for other, shape in listed if other.rpartition(".")[0] == layer and len(shape) == 2]
    return str(tuple(weights[0])) if layer and len(weights) == 1 else ""


def _one(name: str, shape: Shape, sizes: Sizes) -> Read | None:
    counts = {sizes.units: 1, sizes.gates * sizes.units: sizes.gates}
    if len(shape) == 1 and shape[0] in counts:
        return Read(name, shape, counts[shape[0]], BIAS, turned=False)
    if len(shape) != 2:
        return None
    ways = [(shape[0], shape[1], False), (shape[1], shape[0], True)]
    for row, width, turned in reversed(ways) if sizes.turned else ways:
        if row in counts and (parts := sizes.columns(width)) is not None:
            return Read(name, shape, counts[row], parts, turned)
    return None


def _together(own: list[Read], theirs: list[Read]) -> bool:
    """Whether the student has the parts that the reference has, each as often but for biases."""
    mine, wanted = (_families(listed) for listed in (own, theirs))
    return mine.keys() == wanted.keys() and all(mine[part] == wanted[part] for part in mine if part not in BIAS)


def _is_cell(listed: list[Read]) -> bool:
    """Whether gates look at a state and something else: of one matrix each, any order is that of plain layers."""
    matrices = {part: count for part, count in _families(listed).items() if part not in BIAS}
    return "h" in matrices and sum(matrices.values()) > 1


def _families(listed: list[Read]) -> dict[str, int]:
    return {part: max(one.family for one in listed if part in one.parts) + 1 for one in listed for part in one.parts}


@dataclass(eq=False)
class _Own:
    """A student's parameters as gates, and the blocks of the numbers that were looked at last."""

    listed: list[Read]
    sizes: Sizes
    biases: int
    last: tuple[Arrays, dict[tuple[int, str], list[Array]]] = field(default_factory=lambda: ({}, {}))

    def blocks(self, given: Arrays, gate: int, part: str) -> list[Array]:
        """A gate's block of a part, by family."""
        if self.last[0] is not given:
            self.last = (given, {})
        known = self.last[1]
        if (gate, part) not in known:
            known[gate, part] = _blocks(given, self.listed, self.sizes, gate, part)
        return known[gate, part]


def _taken(one: Read, gates: tuple[int, ...], own: _Own, biases: int) -> Take:
    """A reference parameter, put together from the student's blocks of these gates. The reference has so many `biases`:
    the student's, if they are as many, are these; else their sum is the first.
    """
    as_many = one.parts != BIAS or own.biases == biases

    def made(given: Arrays, *, slopes: bool) -> Array:
        rows = []
        for gate in gates:
            found = [own.blocks(given, gate, part) for part in one.parts]
            if as_many:
                blocks = [arrays[one.family] for arrays in found]
            elif slopes:
                blocks = [arrays[0] for arrays in found]
            else:
                blocks = [np.sum(arrays, axis=0) * (one.family == 0) for arrays in found]
            rows.append(blocks[0] if one.parts == BIAS else np.concatenate(blocks, axis=1))
        whole = np.concatenate(rows)
        return np.asarray(whole.T if one.turned else whole, dtype=rows[0].dtype)

    return Summed(lambda given: made(given, slopes=False), lambda given: made(given, slopes=True))


def _blocks(given: Arrays, own: list[Read], sizes: Sizes, gate: int, part: str) -> list[Array]:
    """A gate's block of a part, by family."""
    found: list[tuple[int, Array]] = []
    for one in own:
        if part in one.parts and one.first <= gate < one.first + one.count:
            whole = given[one.name].T if one.turned else given[one.name]
            rows = whole[(gate - one.first) * sizes.units : (gate - one.first + 1) * sizes.units]
            before = sum(sizes.width(other) for other in one.parts[: one.parts.index(part)])
            found.append((one.family, rows if part in BIAS else rows[:, before : before + sizes.width(part)]))
    return [array for _, array in sorted(found, key=lambda pair: pair[0])]
