"""Changes of inputs that make a broken invariant visible, and whether results are the same after them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grader.sandbox.protocol import Array

TOLERANCE = 2e-4  # of the output's own size: sums in another order, in single precision


def middle(given: dict[str, Array], name: str, axis: int) -> int:
    """Where the second half begins."""
    return int(given[name].shape[axis] // 2)


def part_of(array: Array | None, axis: int, part: slice) -> Array | None:
    """A part along an axis."""
    return None if array is None else array[(slice(None),) * axis + (part,)]


def redrawn(given: dict[str, Array], name: str, axis: int, part: slice, rng: np.random.Generator) -> dict[str, Array]:
    """The same inputs with a part of one drawn anew: other numbers, larger and shifted, or other tokens."""
    array = given[name].copy()
    place = (slice(None),) * axis + (part,)
    array[place] = fresh(array[place], array, rng)
    return {**given, name: array}


def fresh(part: Array, whole: Array, rng: np.random.Generator) -> Array:
    """Numbers for a part that are larger and shifted; another token of the whole at each place."""
    if whole.dtype.kind == "f":
        return (1 + 2 * rng.standard_normal(part.shape)).astype(whole.dtype)
    tokens = np.unique(whole)
    if len(tokens) == 1:
        tokens = np.unique([tokens[0], not tokens[0]] if whole.dtype.kind == "b" else [abs(tokens[0] - 1), tokens[0]])
    if not len(tokens):
        return part
    found: Array = tokens[(np.searchsorted(tokens, part) + rng.integers(1, len(tokens), part.shape)) % len(tokens)]
    return found.astype(whole.dtype)


def where(places: Array, array: Array, rng: np.random.Generator) -> Array:
    """The array with other numbers at some places."""
    wide = places.reshape(places.shape + (1,) * (array.ndim - places.ndim))
    return np.where(wide, fresh(array, array, rng), array)


def reordered(array: Array, axis: int) -> Array:
    """One and the same order for every array: backwards, and one place on."""
    return np.ascontiguousarray(np.roll(np.flip(array, axis), 1, axis))


def near(one: Array | None, other: Array | None, scale: Array) -> bool:
    """Whether two results are the same, but for sums in another order."""
    if one is None or other is None or one.shape != other.shape:
        return False
    size = float(np.sqrt(np.mean(np.square(scale, dtype=np.float64)))) if scale.size else 0.0
    return bool(np.all(np.abs(one.astype(np.float64) - other) <= TOLERANCE * size + 1e-9))


def share(one: Array | None, other: Array | None, scale: Array) -> str:
    """How many numbers differ, in words."""
    if one is None or other is None or one.shape != other.shape:
        return "the shape"
    size = float(np.sqrt(np.mean(np.square(scale, dtype=np.float64))))
    off = int(np.sum(~(np.abs(one.astype(np.float64) - other) <= TOLERANCE * size + 1e-9)))
    return f"{off:,} of {one.size:,} numbers"


def along(outputs: Mapping[str, Array], axis: int, size: int) -> list[tuple[str, Array]]:
    """The results that have so many positions along an axis."""
    return [(name, array) for name, array in outputs.items() if array.ndim > axis and array.shape[axis] == size]
