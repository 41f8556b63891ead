"""One result beside the right one: how far it may lie from it, whether that shows anything, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from grader.checks.power import power, usual_rivals
from grader.sandbox.protocol import Array

# By how much, relative to themselves, inputs are moved to see how far a right result may lie from another: work in
# single precision passes in a homework in double precision, and in single precision a handful of roundings do.
ROUNDING = {"float64": 1e-7, "float32": 1e-6}
MARGIN, DRAWS = 4.0, 4
GRADIENT = "the gradient by "


def moved(arrays: Mapping[str, Array], dtype: str, draw: int) -> dict[str, Array]:
    """The same inputs, each number moved by up to a rounding."""
    rng = np.random.default_rng([draw, 20_261])
    return {
        name: _moved(array, ROUNDING[dtype], rng) if array.dtype.kind == "f" else array
        for name, array in arrays.items()
    }


def _moved(array: Array, step: float, rng: np.random.Generator) -> Array:
    return np.asarray(array * (1 + step * rng.uniform(-1, 1, array.shape))).astype(array.dtype)


def allowance(right: Array, others: Sequence[Array], dtype: str) -> Array:
    """How far each number may lie from the right one: four times as far as the reference's own moves with its inputs
    (`others`: its results on `moved` ones), and four roundings of its size. Whole numbers have to be the same.
    """
    if right.dtype.kind != "f":
        return np.zeros(right.shape)
    wide = right.astype(np.float64)
    finite = np.where(np.isfinite(wide), wide, 0)
    size = np.abs(finite) + (np.sqrt(np.mean(finite**2)) if finite.size else 0.0)
    with np.errstate(invalid="ignore"):
        moves = [np.abs(other.astype(np.float64) - wide) for other in others if other.shape == right.shape]
    spread = np.nan_to_num(np.max(moves, axis=0, initial=0.0)) if moves else np.zeros(right.shape)
    return np.asarray(MARGIN * (spread + ROUNDING[dtype] * size))


def rivals_unseen(right: Array, allowed: Array) -> set[str]:
    """The answers without work (zeros, one number everywhere) that would have been accepted in place of this one."""
    flat = right.astype(np.float64).reshape(-1)
    rivals = usual_rivals(flat)
    return {name for name, seen in power(flat, allowed.reshape(-1), rivals).seen.items() if not seen}


def rivals_of(right: Array) -> set[str]:
    """The names of the answers without work there are for a result of this shape."""
    return set(usual_rivals(right.astype(np.float64).reshape(-1)))


def difference(name: str, found: Array | None, right: Array, allowed: Array) -> str | None:
    """What is wrong with a result, in words; None if it is right. One number may come in an array of one."""
    if found is None:
        return _missing(name, right)
    if right.ndim == 0 and found.size == 1:
        found = found.reshape(())
    if found.shape != right.shape:
        return _other_shape(name, found, right)
    if found.size == 0:
        return None
    one, other = found.astype(np.float64), right.astype(np.float64)
    with np.errstate(invalid="ignore"):
        off = ~((np.abs(one - other) <= allowed) | (one == other) | (np.isnan(one) & np.isnan(other)))
    if not off.any():
        return None
    if (bad := int(np.sum(~np.isfinite(one) & np.isfinite(other)))) > 0:
        return f"{name} {_not_finite(one, other, bad)}"
    where = f"{int(off.sum()):,} of {one.size:,} numbers" if one.size > 1 else "its number"
    return f"{name} differs in {where}, {_largest(one, other)}{_seen_in(one, other, allowed)}"


def unasked(found: Mapping[str, Array], right: Mapping[str, Array]) -> list[str]:
    """Gradients that are cut off in the reference and not in what was found: as of a target that is not detached."""
    slopes = {name: array for name, array in found.items() if name.startswith(GRADIENT)}
    floor = 1e-5 * max((float(np.abs(array).max(initial=0)) for array in slopes.values()), default=0.0)
    return [
        f"a gradient reaches {name.removeprefix(GRADIENT)}, which has to be cut off"
        for name, array in slopes.items()
        if name not in right and np.abs(array).max(initial=0) > floor
    ]


def _missing(name: str, right: Array) -> str:
    if name.startswith(GRADIENT):
        return f"no gradient reaches {name.removeprefix(GRADIENT)}"
    return f"{name} is missing: expected {shape_words(right)}"


def _not_finite(one: Array, other: Array, bad: int) -> str:
    if one.size == 1:
        return f"is NaN or infinite: found {one.item():g}, expected {other.item():.5g}"
    return f"holds {bad:,} number{'s' * (bad != 1)} that {'is' if bad == 1 else 'are'} NaN or infinite, of {one.size:,}"


def _largest(one: Array, other: Array) -> str:
    with np.errstate(invalid="ignore"):
        apart = np.nan_to_num(np.abs(one - other), nan=np.inf)
    place = np.unravel_index(int(np.argmax(apart)), one.shape)
    at = f"most at [{', '.join(map(str, place))}]: " if one.size > 1 else ""
    digits = 5 if f"{one[place]:.5g}" != f"{other[place]:.5g}" else 12
    return f"{at}found {one[place] + 0.0:.{digits}g}, expected {other[place] + 0.0:.{digits}g}"  # no -0


def _seen_in(one: Array, other: Array, allowed: Array) -> str:
    """The mistake that a difference looks like, where it looks like one."""
    if not np.isfinite(one).all() or not np.isfinite(other).all() or not other.any():
        return ""
    factor = float((one * other).sum() / (other * other).sum())
    shift = float((one - other).mean())
    many = one.size > 2
    square = one.ndim == 2 and one.shape[0] == one.shape[1]
    signs = {
        "it is zero everywhere": not one.any(),
        "the sign is the wrong way round": _near(-one, other, allowed),
        f"every number is {factor:.4g} times what it should be": many
        and abs(factor) > 1e-9
        and abs(factor - 1) > 1e-3
        and _near(one / factor, other, allowed),
        f"every number is {abs(shift):.4g} too {'large' if shift > 0 else 'small'}": many
        and _near(one - shift, other, allowed),
        "it is transposed": square and _near(one.T, other, allowed),
        "the numbers are right and in another order": one.ndim == 1 and many and _near_in_order(one, other, allowed),
        "the rows are right and in another order": one.ndim == 2 and _near_in_order(one, other, allowed),
    }
    return next((f"; {words}" for words, holds in signs.items() if holds), "")


def _near(one: Array, other: Array, allowed: Array) -> bool:
    return bool(np.all(np.abs(one - other) <= 2 * allowed))


def _near_in_order(one: Array, other: Array, allowed: Array) -> bool:
    """Whether the same numbers, or rows of numbers, come in some other order."""
    first, second = (part[np.lexsort(part.reshape(len(part), -1).T[::-1])] for part in (one, other))
    return bool(np.all(np.abs(first - second) <= 2 * allowed.max()))


def _other_shape(name: str, found: Array, right: Array) -> str:
    if found.ndim == right.ndim == 1:
        holds = f"{name} holds {found.size:,} number{'s' * (found.size != 1)}"
        return f"{holds}, expected {right.size:,}{_odd_ones(found, right)}"
    words = f"{name} has shape {shape_words(found)}, expected {shape_words(right)}"
    if found.size == right.size and found.shape == right.shape[::-1]:
        return f"{words}: it is transposed"
    if found.size == right.size:
        return f"{words}: the same numbers of elements, so a reshape is missing or wrong"
    return words


def _odd_ones(found: Array, right: Array) -> str:
    """Which whole numbers are too many or missing in a list of them, such as indices, where that tells something."""
    if found.dtype.kind not in "iu" or right.dtype.kind not in "iu":
        return ""
    parts = ((np.setdiff1d(found, right), "too many"), (np.setdiff1d(right, found), "missing"))
    said = [f"{', '.join(map(str, odd[:3]))}{', …' * (odd.size > 3)} {words}" for odd, words in parts if odd.size]
    return f": {'; '.join(said)}" if said else ""


def shape_words(array: Array) -> str:
    """How many numbers an array has along each axis."""
    return " × ".join(map(str, array.shape)) or "a single number"
