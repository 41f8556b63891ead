"""A layer of the reference's that stands for several of a student's: one matrix for queries, keys and values.

Its parts become slots of their own, so that all ways to lay out a student's numbers hold for each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.checks.blocks.pieces import Arrays, Slot, Summed, Take
from grader.checks.blocks.put_together import numbered
from grader.sandbox.protocol import Array

COUNTS = (3, 2)


@dataclass(frozen=True)
class Fused:
    """The reference's slots with some of them in parts; `parts` has the names of the parts, by the whole's."""

    slots: tuple[Slot, ...]
    parts: Mapping[str, tuple[str, ...]]

    def together(self, takes: Mapping[str, Take]) -> dict[str, Take]:
        """How each whole is taken, from how its parts are."""
        inner = {part for parts in self.parts.values() for part in parts}
        wholes = {whole: _stacked([takes[part] for part in parts]) for whole, parts in self.parts.items()}
        return {name: take for name, take in takes.items() if name not in inner} | wholes


def fused(student: Sequence[Slot], wanted: Sequence[Slot]) -> Iterator[Fused]:
    """Ways to see what the student lacks as two or three parts, one under the other."""
    lacking = Counter(slot.shape for slot in wanted) - Counter(slot.shape for slot in student)
    for count in COUNTS:
        parts = {
            slot.name: tuple(numbered(slot.name, number) for number in range(count))
            for slot in wanted
            if slot.shape in lacking and slot.shape and slot.shape[0] % count == 0
        }
        if parts:
            yield Fused(tuple(one for slot in wanted for one in _cut(slot, parts.get(slot.name))), parts)


def _cut(slot: Slot, names: tuple[str, ...] | None) -> list[Slot]:
    if names is None:
        return [slot]
    return [Slot(name, (slot.shape[0] // len(names), *slot.shape[1:])) for name in names]


def _stacked(takes: Sequence[Take]) -> Take:
    def weights(given: Arrays) -> Array:
        return np.concatenate([take(given) for take in takes])

    def slopes(given: Arrays) -> Array:
        return np.concatenate([take.slopes(given) if isinstance(take, Summed) else take(given) for take in takes])

    return Summed(weights, slopes)
