"""Two samples of random results, called by the same inputs: whether they can be of one distribution."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from grader.checks.blocks.dependence import between_calls_otherwise, depends_otherwise
from grader.checks.blocks.taken_together import otherwise_together
from grader.checks.blocks.two_samples import LEVEL, by_kolmogorov, by_outcomes
from grader.sandbox.protocol import Array

ROUNDING = 1e-6  # of the largest number
FEW = 40  # different values: they are counted one by one


def differences(name: str, own: Array, right: Array) -> Iterator[str]:
    """What is wrong with results (draws × shape) of a student's, beside the reference's, in words."""
    one, other = _without_roundings(*(array.reshape(len(array), -1).astype(np.float64) for array in (own, right)))
    if not np.isfinite(one).all():
        yield f"{name} holds numbers that are NaN or infinite"
    elif (one == one[0]).all() and not (other == other[0]).all():
        yield f"{name} is the same at each call: is a seed set within the function, or nothing drawn?"
    elif (problem := _of_numbers(name, one, other, own.shape[1:])) is not None:
        yield problem
    elif (words := otherwise_together(one, other)) is not None:
        yield f"the numbers of {name}, taken together, {words}"
    elif one.shape[1] > 1 and depends_otherwise(one, other):
        yield f"the numbers of {name} depend on each other otherwise: is one drawn for several, or each for itself?"
    elif between_calls_otherwise(one, other):
        yield f"{name} depends on the call before it: is something that was drawn kept from one call to the next?"


def together_otherwise(own: tuple[Array, Array], right: tuple[Array, Array]) -> bool:
    """Whether two results of the same calls depend on each other otherwise than the reference's."""
    one, other = (
        np.hstack([array.reshape(len(array), -1).astype(np.float64) for array in pair]) for pair in (own, right)
    )
    return depends_otherwise(*_without_roundings(one, other))


def _without_roundings(one: Array, other: Array) -> tuple[Array, Array]:
    """The same numbers, but those that differ by a rounding of single precision made one."""
    both = np.concatenate([one, other])
    order = np.argsort(both, axis=0)
    ordered = np.take_along_axis(both, order, axis=0)
    with np.errstate(invalid="ignore"):
        new = np.diff(ordered, axis=0) > ROUNDING * np.abs(both).max(axis=0)
    first = np.maximum.accumulate(np.where(np.vstack([np.ones_like(new[:1]), new]), np.arange(len(both))[:, None], 0))
    np.put_along_axis(both, order, np.take_along_axis(ordered, first, axis=0), axis=0)
    return both[: len(one)], both[len(one) :]


def _of_numbers(name: str, one: Array, other: Array, shape: tuple[int, ...]) -> str | None:
    """The number whose distribution is furthest from the right one, if any is too far."""
    apart = [_apart(one[:, place], other[:, place]) for place in range(one.shape[1])]
    worst = int(np.argmax(apart))
    if apart[worst] <= 1:
        return None
    at = f" at [{', '.join(map(str, np.unravel_index(worst, shape)))}]" if shape else ""
    return _said(f"{name}{at}", one[:, worst], other[:, worst])


def _said(name: str, one: Array, other: Array) -> str:
    """How two distributions differ: a value that is too rare or too frequent, the mean, or the spread."""
    apart = _by_value(one, other)
    value = 0.0 if apart.get(0.0, 0) > 1 else max(apart, key=lambda key: apart[key])
    if apart[value] > 1 or by_outcomes(one, other) > 1:
        found, wanted = (float(np.mean(sample == value)) for sample in (one, other))
        return f"{name} is {value:.4g} in {found:.1%} of {len(one):,} calls, expected {wanted:.1%}"
    error = math.hypot(np.std(one) / math.sqrt(len(one)), np.std(other) / math.sqrt(len(other)))
    if abs(np.mean(one) - np.mean(other)) > 4 * error:
        return f"{name} is {np.mean(one):.3g} on average over {len(one):,} calls, expected {np.mean(other):.3g}"
    deviation, usual = float(np.std(one)), float(np.std(other))
    if abs(deviation / usual - 1) > 0.1:
        return f"{name} has a standard deviation of {deviation:.3g} over {len(one):,} calls, expected {usual:.3g}"
    return f"{name} is spread otherwise over {len(one):,} calls, {_range(one)}, expected {_range(other)}"


def _range(sample: Array) -> str:
    low, high = np.quantile(sample, [0.05, 0.95])
    return f"nine in ten from {low:.3g} to {high:.3g}"


def _apart(one: Array, other: Array) -> float:
    """How far two samples of a number lie apart; above 1 is no chance. By Kolmogorov and Smirnov, and by counts."""
    return max(by_kolmogorov(one, other), by_outcomes(one, other), *_by_value(one, other).values())


def _by_value(one: Array, other: Array) -> dict[float, float]:
    """For few values each, and else for zero: how far its two shares lie apart."""
    values = np.unique(np.concatenate([one, other]))
    return {
        float(value): _apart_of_shares(
            float(np.mean(one == value)), len(one), float(np.mean(other == value)), len(other)
        )
        for value in (values if len(values) <= FEW else [0.0])
    }


def _apart_of_shares(found: float, draws: int, wanted: float, others: int) -> float:
    """Two shares: the logarithm of a bound on their chance if they are one (Chernoff), in units of `LEVEL`'s."""
    pooled = (found * draws + wanted * others) / (draws + others)
    return (draws * _divergence(found, pooled) + others * _divergence(wanted, pooled)) / -math.log(LEVEL)


def _divergence(one: float, other: float) -> float:
    """Kullback and Leibler's, of two shares."""
    parts = ((one, other), (1 - one, 1 - other))
    return sum(part * math.log(part / whole) for part, whole in parts if part > 0 and whole > 0)
