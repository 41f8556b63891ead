"""Krippendorff's α for interval data (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 5  # units for an interval
DRAWS = 2000


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval; `low` and `high` are None where there is too little for one."""

    value: float
    low: float | None = None
    high: float | None = None


def interval_alpha(units: Sequence[Sequence[float]], *, seed: int = 0) -> Interval | None:
    """α of units, each with the values that its markers gave: 1 is full agreement, 0 what chance gives.

    The 95 % interval is from 2,000 bootstrap samples of the units. None where no unit has two values, or all values are
    the same, of which nothing can be said.
    """
    kept = [np.asarray(unit, dtype=float) for unit in units if len(unit) >= 2]
    if not kept:
        return None
    # Of each unit all that α needs: how many values, their sum, the sum of their squares.
    sums = np.array([(len(unit), unit.sum(), (unit**2).sum()) for unit in kept])
    once = np.ones((1, len(kept)))
    [value] = _alpha(sums, once)
    if np.isnan(value):
        return None
    if len(kept) < FEWEST:
        return Interval(float(value))
    times = np.random.default_rng(seed).multinomial(len(kept), once[0] / len(kept), size=DRAWS)
    low, high = np.nanquantile(_alpha(sums, times), (0.025, 0.975))
    return Interval(float(value), float(low), float(high))


def _alpha(sums: np.ndarray, times: np.ndarray) -> np.ndarray:
    """α of samples of the units, one for each row of `times`, which says how often each unit is in it.

    The squared differences of all ordered pairs of n values add up to 2 n times their squares' sum less twice their
    sum's square. NaN where all values are the same.
    """
    count, total, squares = (times @ sums).T
    size, own_total, own_squares = sums.T
    within = times @ ((2 * size * own_squares - 2 * own_total**2) / (size - 1))
    between = (2 * count * squares - 2 * total**2) / (count - 1)
    return np.where(between > 1e-9, 1 - within / np.where(between > 1e-9, between, 1), np.nan)
