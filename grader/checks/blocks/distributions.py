"""Two samples of random results, called by the same inputs: whether they can be of one distribution."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from grader.sandbox.protocol import Array

LEVEL = 1e-7  # how often one test of right work may go wrong by chance; there are about a hundred for each case
ROUNDING = 1e-6  # of the largest number
FEW = 40  # different values: they are counted one by one
PROJECTIONS = 6
MOST_IN_PAIRS = 200  # numbers of which each pair is looked at


def differences(name: str, own: Array, right: Array) -> Iterator[str]:
    """What is wrong with results (draws × shape) of a student's, beside the reference's, in words."""
    one, other = _without_roundings(*(array.reshape(len(array), -1).astype(np.float64) for array in (own, right)))
    if not np.isfinite(one).all():
        yield f"{name} holds numbers that are NaN or infinite"
    elif (one == one[0]).all() and not (other == other[0]).all():
        yield f"{name} is the same at each call: is a seed set within the function, or nothing drawn?"
    elif (problem := _of_numbers(name, one, other, own.shape[1:])) is not None:
        yield problem
    elif one.shape[1] > 1 and _depends_otherwise(one, other):
        yield f"the numbers of {name} depend on each other otherwise: is one drawn for several, or each for itself?"


def together_otherwise(own: tuple[Array, Array], right: tuple[Array, Array]) -> bool:
    """Whether two results of the same calls depend on each other otherwise than the reference's."""
    one, other = (
        np.hstack([array.reshape(len(array), -1).astype(np.float64) for array in pair]) for pair in (own, right)
    )
    return _depends_otherwise(one, other)


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
    if apart[value] > 1:
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
    return max(_kolmogorov(one, other), *_by_value(one, other).values())


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


def _kolmogorov(one: Array, other: Array) -> float:
    """The largest distance of two empirical distributions, in units of what chance does at `LEVEL`."""
    first, second = np.sort(one), np.sort(other)
    both = np.concatenate([first, second])
    shares = [np.searchsorted(part, both, side="right") / len(part) for part in (first, second)]
    limit = math.sqrt(-math.log(LEVEL / 2) / 2 * (1 / len(one) + 1 / len(other)))
    return float(np.abs(shares[0] - shares[1]).max()) / limit


def _depends_otherwise(one: Array, other: Array) -> bool:
    """Whether pairs of the numbers, or sums of all of them with signs drawn by us, are distributed otherwise."""
    return _pairs_go_otherwise(one, other) or _sums_go_otherwise(one, other)


def _pairs_go_otherwise(one: Array, other: Array) -> bool:
    """Whether two numbers go up and down together otherwise: one noise for all of a batch. By their ranks among the
    reference's, which are bounded, so that chance is too (Bernstein).
    """
    if other.shape[1] > MOST_IN_PAIRS:
        chosen = np.random.default_rng(20_264).choice(other.shape[1], MOST_IN_PAIRS, replace=False)
        one, other = one[:, chosen], other[:, chosen]
    first, second = _ranks(one, other), _ranks(other, other)
    together, spread = zip(*(_products(part) for part in (first, second)), strict=True)
    pairs = max(1, other.shape[1] * (other.shape[1] - 1) // 2)
    unlikely = math.log(2 * pairs / LEVEL)
    variance = spread[0] / len(one) + spread[1] / len(other)
    limit = np.sqrt(2 * unlikely * variance) + 2 * unlikely / 3 * (1 / len(one) + 1 / len(other))
    np.fill_diagonal(limit, np.inf)
    return bool((np.abs(together[0] - together[1]) > limit).any())


def _ranks(part: Array, other: Array) -> Array:
    """Where each number lies among the reference's in its place, from -1 to 1."""
    ordered = np.sort(other, axis=0)
    found = [
        np.searchsorted(ordered[:, place], part[:, place], side="left")
        + np.searchsorted(ordered[:, place], part[:, place], side="right")
        for place in range(other.shape[1])
    ]
    return np.stack(found, axis=1) / len(other) - 1


def _products(ranks: Array) -> tuple[Array, Array]:
    """Of each pair the mean of the products, and their variance."""
    mean = ranks.T @ ranks / len(ranks)
    return mean, np.maximum((ranks**2).T @ ranks**2 / len(ranks) - mean**2, 0)


def _sums_go_otherwise(one: Array, other: Array) -> bool:
    """Whether sums of the numbers, with signs drawn by us, are distributed otherwise."""
    middle, size = other.mean(axis=0), other.std(axis=0)
    size[size == 0] = 1
    signs = np.random.default_rng(20_263).choice([-1.0, 1.0], (one.shape[1], PROJECTIONS - 1))
    signs = np.concatenate([np.ones((one.shape[1], 1)), signs], axis=1)
    mine, theirs = ((part - middle) / size @ signs for part in (one, other))
    return any(_kolmogorov(mine[:, place], theirs[:, place]) > 1 for place in range(PROJECTIONS))
