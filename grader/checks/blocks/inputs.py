"""Hidden inputs, as an assignment writes them down: each is drawn from the batch's secret seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np

from grader.errors import AssignmentError
from grader.inside.asked.plain_values import packed
from grader.sandbox.protocol import Array


@dataclass(frozen=True)
class Drawn:
    """An input that is drawn: `draw(generator)` makes it. `exact` ones are whole numbers or truth values; `spread` is
    what its numbers are drawn from, as scale and shift; `numpy` ones stay arrays where others are tensors.
    """

    draw: Callable[[np.random.Generator], Array]
    shape: tuple[int, ...]
    exact: bool = False
    spread: tuple[float, ...] = ()
    numpy: bool = False

    @property
    def words(self) -> str:
        """Its shape: `4 × 6`."""
        return " × ".join(map(str, self.shape)) or "a number"


def normal(*shape: int, scale: float = 1.0, shift: float = 0.0) -> Drawn:
    """Normal numbers of this shape, with standard deviation `scale` around `shift`."""
    return Drawn(lambda rng: shift + scale * np.asarray(rng.standard_normal(shape)), shape, spread=(scale, shift))


def uniform(*shape: int, low: float = 0.0, high: float = 1.0) -> Drawn:
    """Uniform numbers of this shape from `low` to `high`; with `low` above 0, variances and other positive numbers."""
    return Drawn(lambda rng: np.asarray(rng.uniform(low, high, shape)), shape, spread=(low, high))


def integers(*shape: int, below: int, low: int = 0) -> Drawn:
    """Whole numbers (int64) from `low` to `below` - 1: labels, tokens. All of them occur, where there is room."""

    def draw(rng: np.random.Generator) -> Array:
        found = rng.integers(low, below, shape).reshape(-1)
        if (kinds := below - low) <= found.size:
            found[rng.permutation(found.size)[:kinds]] = np.arange(low, below)
        return found.reshape(shape)

    return Drawn(draw, shape, exact=True)


def booleans(*shape: int, share: float = 0.5) -> Drawn:
    """Truth values, that `share` of them true, rounded; at least one of each where there is room for both."""

    def draw(rng: np.random.Generator) -> Array:
        size = math.prod(shape)
        count = min(max(round(size * share), 1), max(size - 1, 1))
        return rng.permutation(np.arange(size) < count).reshape(shape)

    return Drawn(draw, shape, exact=True, spread=(share,))


def lower_triangle(n: int) -> Drawn:
    """The causal mask of n positions, n × n: true where a position may be looked at."""
    return Drawn(lambda _: np.tril(np.ones((n, n), dtype=bool)), (n, n), exact=True)


def drawn(make: Callable[[np.random.Generator], Any]) -> Drawn:
    """Numbers that a function of yours makes of NumPy's generator: boxes whose corners are in order, a graph that is
    symmetric, distances. Whole numbers and truth values stay what they are. Raises AssignmentError where it makes no
    numbers, not the same of equal generators, or another shape of another one.
    """
    one, other, third = (np.asarray(make(np.random.default_rng(seed))) for seed in (0, 0, 1))
    if one.dtype.kind not in "biuf":
        raise AssignmentError(f"drawn: expected a function that makes numbers, found {one.dtype} of {one.shape}")
    if one.shape != third.shape:
        raise AssignmentError(f"drawn: expected one shape, found {one.shape} and {third.shape}")
    if not np.array_equal(one, other, equal_nan=one.dtype.kind == "f"):
        raise AssignmentError(
            "drawn: expected the same numbers of equal generators: draw all of them from the argument"
        )
    kind = {"b": np.bool_, "f": np.float64}.get(one.dtype.kind, np.int64)
    return Drawn(lambda rng: np.asarray(make(rng), kind), one.shape, one.dtype.kind != "f")


def as_numpy(numbers: Drawn) -> Drawn:
    """Numbers that stay NumPy's array where other inputs are tensors, such as the table of word vectors that a network
    is made with. Raises AssignmentError for what is not drawn.
    """
    if not isinstance(numbers, Drawn):
        raise AssignmentError(f"as_numpy: expected normal(…) or other drawn numbers, found {numbers!r}")
    return replace(numbers, numpy=True)


def draw(cases: Sequence[Mapping[str, Any]], seed: int, dtype: str) -> list[dict[str, Array]]:
    """The drawn inputs of each case. An input's numbers depend on the seed, its case's place and its name alone."""
    return [
        {
            name: _as(value.draw(np.random.default_rng([seed, place, _number(name)])), value, dtype)
            for name, value in drawn_of(case).items()
        }
        for place, case in enumerate(cases)
    ]


def _as(array: Array, value: Drawn, dtype: str) -> Array:
    return np.asarray(array) if value.exact else np.asarray(array, dtype)


def _number(name: str) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:4])


def drawn_of(case: Mapping[str, Any]) -> dict[str, Drawn]:
    """The inputs of a case that are drawn; one in a dictionary `bn_param` is called `bn_param.running_mean`."""
    found = {name: value for name, value in case.items() if isinstance(value, Drawn)}
    for outer, value in case.items():
        if isinstance(value, dict):
            found |= {f"{outer}.{inner}": part for inner, part in value.items() if isinstance(part, Drawn)}
    return found


def numpys(case: Mapping[str, Any]) -> list[str]:
    """The names of what stays NumPy's array where other inputs are tensors."""
    return [name for name, value in drawn_of(case).items() if value.numpy]


def plain(case: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a case that are written down as they are, as they go into the sandbox."""
    return {name: packed(_undrawn(value)) for name, value in case.items() if not isinstance(value, Drawn)}


def _undrawn(value: Any) -> Any:
    """A dictionary without what is drawn of it."""
    if not isinstance(value, dict):
        return value
    return {name: _undrawn(part) for name, part in value.items() if not isinstance(part, Drawn)}


def described(case: Mapping[str, Any]) -> str:
    """A case in words: `x 4 × 6, w 6 × 5, mode 'train'`."""
    return ", ".join(f"{name} {_words(value)}" for name, value in case.items())[:200]


def kind_of(case: Mapping[str, Any]) -> str:
    """What a case has in common with others that try the same: all that is written down, and of what is drawn the
    number of dimensions, which of them are 1 or as long as another, and the spread; not how long they are.
    """
    return ", ".join(f"{name} {_kind(value)}" for name, value in sorted(case.items()))


def _kind(value: Any) -> str:
    if isinstance(value, Drawn):
        return repr([[value.shape.index(size) if size != 1 else -1 for size in value.shape], value.spread])
    return f"({kind_of(value)})" if isinstance(value, dict) else repr(value)


def _words(value: Any) -> str:
    if isinstance(value, Drawn):
        return value.words
    return f"({described(value)})" if isinstance(value, dict) else repr(value)
