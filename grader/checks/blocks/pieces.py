"""Parameters of a module by name and shape, and the student's numbers that may stand in a place of the reference's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from grader.sandbox.protocol import Array

_WORDS = re.compile(r"(?i)weights?|bias(es)?|kernel|gamma|beta|scale|shift|^[wb]_?(?=.)|_?[wb]$")
_B = re.compile(r"^b|_b$")
Arrays = Mapping[str, Array]
Take = Callable[[Arrays], Array]
Shape = tuple[int, ...]
Shapes = Sequence[tuple[str, Shape]]


@dataclass(frozen=True)
class Slot:
    """A parameter of the reference that wants numbers."""

    name: str
    shape: Shape


@dataclass(frozen=True)
class Piece(Slot):
    """Numbers of a student's parameters that may be one of the reference's: where from, their shape, how taken."""

    take: Take


@dataclass(frozen=True)
class Summed:
    """A parameter made of a student's: `weights` of the weights, `slopes` of their gradients (of biases that are added
    up each has the gradient of the sum).
    """

    weights: Take
    slopes: Take

    def __call__(self, given: Arrays) -> Array:
        """Of the weights."""
        return self.weights(given)


Part = TypeVar("Part", bound=Slot)
Unit = list[Part]


def slots(listed: Shapes) -> list[Slot]:
    """Parameters of the reference as slots."""
    return [Slot(name, tuple(shape)) for name, shape in listed]


def units(pieces: Sequence[Part]) -> list[list[Part]]:
    """Weight and bias of one layer belong together."""
    found: dict[str, list[Part]] = {}
    for piece in pieces:
        found.setdefault(layer(piece.name), []).append(piece)
    return list(found.values())


@lru_cache(maxsize=4096)
def layer(name: str) -> str:
    """The module, and what is left of the name without the words for weights and biases: `Wq` and `bq` give `q`."""
    module, _, last = name.rpartition(".")
    stem, parted, number = last.partition(":")
    return f"{module}.{_WORDS.sub('', stem)}{parted}{number}"


def kind(unit: Sequence[Slot]) -> str:
    """What units that may stand for each other have in common."""
    return repr([(piece.shape, _last(piece)) for piece in in_order(unit)])


def in_order(unit: Sequence[Part]) -> list[Part]:
    """The same order for every unit of a kind."""
    return sorted(unit, key=lambda piece: (len(piece.shape), _last(piece), piece.shape))


def _last(piece: Slot) -> str:
    """`weight` or `bias`, where shapes alone do not tell, as in normalisations; else nothing."""
    return weight_or_bias(piece.name) if len(piece.shape) == 1 else ""


@lru_cache(maxsize=4096)
def weight_or_bias(name: str) -> str:
    """Which of the two a parameter is, by its name."""
    last = name.rpartition(".")[2].partition(":")[0].lower()
    return "bias" if any(word in last for word in ("bias", "beta", "shift")) or _B.search(last) else "weight"
