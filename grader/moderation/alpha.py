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
    pairs = [np.asarray(unit, dtype=float) for unit in units if len(unit) >= 2]
    value = _alpha(pairs)
    if value is None:
        return None
    if len(pairs) < FEWEST:
        return Interval(value)
    random = np.random.default_rng(seed)
    drawn = [
        found
        for _ in range(DRAWS)
        if (found := _alpha([pairs[place] for place in random.integers(len(pairs), size=len(pairs))])) is not None
    ]
    if not drawn:
        return Interval(value)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Interval(value, float(low), float(high))


def _alpha(units: Sequence[np.ndarray]) -> float | None:
    if not units:
        return None
    values = np.concatenate(units)
    count = len(values)
    # The sum of squared differences of all ordered pairs of n values is 2 n² times their variance.
    expected = 2 * count * float(np.var(values)) / (count - 1)
    if expected <= 1e-15:
        return None
    observed = sum(2 * len(unit) ** 2 * float(np.var(unit)) / (len(unit) - 1) for unit in units) / count
    return 1 - observed / expected
