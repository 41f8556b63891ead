"""How far two samples lie apart, in units of what chance does: above 1 they are of two distributions."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import chdtri

from grader.sandbox.protocol import Array

LEVEL = 1e-7  # how often one test of right work may go wrong by chance; there are about a hundred for each case
MOST_OUTCOMES = 150
SELDOM = 20  # an outcome of fewer calls, of both samples, counts with the other ones of which there are few
ASYMPTOTIC = 10  # times rarer: chance goes so much more often beyond what counts of a few dozen calls are compared by


def by_kolmogorov(one: Array, other: Array) -> float:
    """Of a number: the largest distance of two empirical distributions."""
    first, second = np.sort(one), np.sort(other)
    both = np.concatenate([first, second])
    shares = [np.searchsorted(part, both, side="right") / len(part) for part in (first, second)]
    limit = math.sqrt(-math.log(LEVEL / 2) / 2 * (1 / len(one) + 1 / len(other)))
    return float(np.abs(shares[0] - shares[1]).max()) / limit


def by_outcomes(one: Array, other: Array) -> float:
    """Of results (calls, or calls × numbers) of which there are few different ones: all their shares at once, by the
    ratio of likelihoods. 0 where there are too many.
    """
    rows = np.concatenate([one, other]).reshape(len(one) + len(other), -1)
    if any(len(np.unique(column)) > MOST_OUTCOMES for column in rows.T):
        return 0.0
    _, which = np.unique(rows, axis=0, return_inverse=True)
    if which.max() >= MOST_OUTCOMES:
        return 0.0
    counts = np.stack([np.bincount(part, minlength=which.max() + 1) for part in np.split(which.ravel(), [len(one)])])
    often = counts.sum(axis=0) >= SELDOM
    counts = np.column_stack([counts[:, often], counts[:, ~often].sum(axis=1)])
    counts = counts[:, counts.any(axis=0)]
    if counts.shape[1] < 2:
        return 0.0
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = 2 * np.nansum(counts * np.log(counts / expected))
    return float(ratio / chdtri(counts.shape[1] - 1, LEVEL / ASYMPTOTIC))


def ranks(part: Array, other: Array) -> Array:
    """Where each number lies among the other sample's in its place, from -1 to 1."""
    columns, ordered = part.T, np.sort(other.T.copy(), axis=1)
    found = np.empty(columns.shape)
    # In their order numbers are found several times faster.
    for column, order, among, places in zip(columns, np.argsort(columns.copy(), axis=1), ordered, found, strict=True):
        asked = column[order]
        places[order] = np.searchsorted(among, asked, side="left") + np.searchsorted(among, asked, side="right")
    return found.T / len(other) - 1


def some(count: int, most: int) -> Array:
    """At most so many of `count` numbers, the same each time."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(20_264).choice(count, most, replace=False))
