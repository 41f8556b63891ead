"""Fields of a frame that came back from the sandbox: each is read as what it should be, or as missing.

A box may send anything in place of what `inside/` sends: nothing is taken for granted, and every size is limited.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from grader.sandbox.protocol import Array, Frame

# More than a homework holds, and little enough for this machine: one array may be named many times.
MAX_TEXT, MAX_PARAMETERS, MAX_WEIGHTS, MAX_DIMENSIONS = 4000, 10_000, 50_000_000, 8
Shape = tuple[int, ...]
Shapes = tuple[tuple[str, Shape], ...]


def text(value: object, length: int = MAX_TEXT) -> str | None:
    """A text, cut to a length."""
    return value[:length] if isinstance(value, str) else None


def texts(value: object, most: int, length: int = MAX_TEXT) -> tuple[str, ...]:
    """The texts of a list, at most so many; anything else in it is left out."""
    return tuple(part[:length] for part in sequence(value, most) if isinstance(part, str))


def count(value: object) -> int:
    """A whole number from 0 on; 0 in place of anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def number(value: object) -> float | None:
    """The value as a float if it is a finite number, else None."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    try:
        found = float(value) if is_number else math.nan  # type: ignore[arg-type]
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def sequence(value: object, most: int | None = None) -> list[Any]:
    """A list, at most so much of it; an empty one in place of anything else."""
    return value[:most] if isinstance(value, list) else []


def mappings(value: object, most: int | None = None) -> list[Mapping[str, Any]]:
    """The objects of a list, of which at most so much is looked at; anything else in it is left out."""
    return [part for part in sequence(value, most) if isinstance(part, dict)]


def rows(value: object, length: int, most: int | None = None) -> list[list[Any]]:
    """The lists of this length in a list, of which at most so much is looked at; anything else in it is left out."""
    return [part for part in sequence(value, most) if isinstance(part, list) and len(part) == length]


def mapping(value: object) -> Mapping[str, Any] | None:
    """An object of JSON."""
    return value if isinstance(value, dict) else None


def is_shape(value: object) -> bool:
    """Whether a value is the shape of an array that this machine could hold."""
    return (
        isinstance(value, list)
        and len(value) <= MAX_DIMENSIONS
        and all(type(size) is int and 0 <= size <= MAX_WEIGHTS for size in value)
    )


def shapes(listed: object, *, most: int = MAX_PARAMETERS, numbers: int = MAX_WEIGHTS) -> Shapes | None:
    """Pairs of name and shape; None if they are malformed or too large for numbers to be drawn for them."""
    if not isinstance(listed, list) or len(listed) > most:
        return None
    found = tuple(
        (part[0], tuple(part[1])) for part in rows(listed, 2) if isinstance(part[0], str) and is_shape(part[1])
    )
    fits = len(found) == len(listed) and sum(math.prod(shape) for _, shape in found) <= numbers
    return found if fits else None


def numbers(array: Array | None) -> Array | None:
    """An array of real numbers or of truth values."""
    return array if array is not None and array.dtype.kind in "biuf" else None


def doubles(array: Array | None) -> Array | None:
    """An array of real numbers as float64."""
    found = numbers(array)
    return None if found is None else found.astype(np.float64)


def vector(array: Array | None, most: int = 100_000) -> Array | None:
    """A row of real numbers, as float64."""
    found = numbers(array)
    return found.astype(np.float64) if found is not None and found.ndim == 1 and found.size <= most else None


def own_arrays(frame: Frame, prefix: str, names: Iterable[str] | None = None) -> dict[str, Array]:
    """The frame's arrays of numbers whose names have a prefix, by the name without it; only these `names`, if given."""
    wanted = None if names is None else set(names)
    own = {name.removeprefix(prefix): array for name, array in frame.arrays.items() if name.startswith(prefix)}
    return {
        name: array for name, array in own.items() if numbers(array) is not None and (wanted is None or name in wanted)
    }
