"""Whether random numbers depend on each other otherwise: those of one call, or those of one call and the next."""

from __future__ import annotations

import math

import numpy as np

from grader.checks.blocks.two_samples import LEVEL, by_kolmogorov, by_outcomes, ranks, some
from grader.sandbox.protocol import Array

PROJECTIONS = 6
MOST_IN_PAIRS = 200  # numbers of which each pair is looked at


def depends_otherwise(one: Array, other: Array) -> bool:
    """Whether pairs of the numbers, sums of all of them with signs drawn by us, or whole results, where there are few
    different ones, are distributed otherwise.
    """
    return _pairs_go_otherwise(one, other) or _sums_go_otherwise(one, other) or by_outcomes(one, other) > 1


def between_calls_otherwise(one: Array, other: Array) -> bool:
    """Whether a call and the next one are distributed otherwise together. Each call is in one pair, from the first call
    on or from the second: what is kept for two calls may begin with any.
    """
    places = some(one.shape[1], MOST_IN_PAIRS // 2)
    return any(depends_otherwise(*(_with_the_next(part[first:, places]) for part in (one, other))) for first in (0, 1))


def _with_the_next(part: Array) -> Array:
    pairs = len(part) // 2
    return part[: 2 * pairs].reshape(pairs, -1)


def _pairs_go_otherwise(one: Array, other: Array) -> bool:
    """Whether two numbers go up and down together otherwise: one noise for all of a batch. By their ranks among the
    reference's, which are bounded, so that chance is too (Bernstein).
    """
    places = some(other.shape[1], MOST_IN_PAIRS)
    one, other = one[:, places], other[:, places]
    first, second = ranks(one, other), ranks(other, other)
    together, spread = zip(*(_products(part) for part in (first, second)), strict=True)
    pairs = max(1, other.shape[1] * (other.shape[1] - 1) // 2)
    unlikely = math.log(2 * pairs / LEVEL)
    variance = spread[0] / len(one) + spread[1] / len(other)
    limit = np.sqrt(2 * unlikely * variance) + 2 * unlikely / 3 * (1 / len(one) + 1 / len(other))
    np.fill_diagonal(limit, np.inf)
    return bool((np.abs(together[0] - together[1]) > limit).any())


def _products(part: Array) -> tuple[Array, Array]:
    """Of each pair the mean of the products, and their variance."""
    mean = part.T @ part / len(part)
    return mean, np.maximum((part**2).T @ part**2 / len(part) - mean**2, 0)


def _sums_go_otherwise(one: Array, other: Array) -> bool:
    """Whether sums of the numbers, with signs drawn by us, are distributed otherwise."""
    middle, size = other.mean(axis=0), other.std(axis=0)
    size[size == 0] = 1
    signs = np.random.default_rng(20_263).choice([-1.0, 1.0], (one.shape[1], PROJECTIONS - 1))
    signs = np.concatenate([np.ones((one.shape[1], 1)), signs], axis=1)
    mine, theirs = ((part - middle) / size @ signs for part in (one, other))
    return any(by_kolmogorov(mine[:, place], theirs[:, place]) > 1 for place in range(PROJECTIONS))
