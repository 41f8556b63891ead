"""Whether all numbers of random results lie a little off in the same way, where no single one is far enough off.

A wrong scale of initial weights, or uniform numbers where normal ones were asked for, is seen so.
"""

from __future__ import annotations

import math

import numpy as np

from grader.checks.blocks.two_samples import LEVEL, ranks, some
from grader.sandbox.protocol import Array

MOST, DEGREES = 300, 4
# Of ranks from -1 to 1: as a scale that is 2 % off moves them. A sum of twelve uniform numbers is normal enough.
LEAST = 0.01
SCALE = 0.03


def otherwise_together(one: Array, other: Array) -> str | None:
    """What all of the numbers (calls × numbers) have in common beside the reference's, in words.

    Each number becomes its rank in its place; of a call's ranks the means of Legendre's polynomials are compared, which
    see what is moved, wider, lopsided, or has other ends (Neyman's smooth test).
    """
    drawn = np.flatnonzero((other != other[0]).any(axis=0))
    if len(drawn) < 2:
        return None
    places = drawn[some(len(drawn), MOST)]
    one, other = one[:, places], other[:, places]
    mine, theirs = (_means(ranks(part, other)) for part in (one, other))
    off = [_apart(first, second) for first, second in zip(mine, theirs, strict=True)]
    worst = int(np.argmax(off))
    return _said(worst, one, other, float(mine[worst].mean())) if off[worst] > 1 else None


def _means(part: Array) -> list[Array]:
    """Of each call, by degree."""
    return [np.polynomial.Legendre.basis(degree)(part).mean(axis=1) for degree in range(1, DEGREES + 1)]


def _apart(one: Array, other: Array) -> float:
    """How far two means lie apart, in units of what chance does (Bernstein: all are between -1 and 1)."""
    unlikely = math.log(2 * DEGREES / LEVEL)
    variance = one.var() / len(one) + other.var() / len(other)
    limit = math.sqrt(2 * unlikely * variance) + 2 * unlikely / 3 * (1 / len(one) + 1 / len(other))
    return float(abs(one.mean() - other.mean())) / max(limit, LEAST)


def _said(worst: int, one: Array, other: Array, mean: float) -> str:
    if worst == 0:
        return f"are {'larger' if mean > 0 else 'smaller'} than expected"
    times = float(np.median(one.std(axis=0) / other.std(axis=0)))
    if abs(times - 1) > SCALE:
        return f"have {times:.3g} times the standard deviation that is expected"
    return "are spread otherwise than expected: is it another kind of distribution?"
