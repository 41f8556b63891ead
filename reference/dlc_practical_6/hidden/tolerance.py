"""How far apart two right answers may lie: measured, not guessed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from grader import Array

from ..cases import Configuration

SAFETY = 3.0  # times the measured deviation between two right answers


@dataclass(frozen=True)
class Tolerance:
    """How far a right answer may lie from ours, relative; below `underflow` any smaller value is right."""

    worst: float
    median: float
    underflow: float

    def deviations(self, found: Array, ours: Array) -> Array:
        """|found − ours| relative to ours, entry by entry; NaN where both have underflown and nothing is compared."""
        deviation = np.abs(found - ours) / np.maximum(np.abs(ours), self.underflow)
        return np.where((np.abs(ours) < self.underflow) & (np.abs(found) < 2 * self.underflow), np.nan, deviation)

    def accepts(self, deviation: Array) -> bool:
        """Whether every entry, and the median of those that are compared, are as near as two right answers are."""
        compared = deviation[~np.isnan(deviation)]
        return not compared.size or bool(compared.max() <= self.worst and np.median(compared) <= self.median)

    def resembles(self, found: Array, ours: Array) -> bool:
        """Whether a wrong formula explains what was found: nearly every entry fits."""
        deviation = self.deviations(found, ours)
        compared = deviation[~np.isnan(deviation)]
        return bool(compared.size and np.median(compared) <= self.median and np.quantile(compared, 0.9) <= self.worst)

    def allowed(self, ours: Array) -> Array:
        """How far entries may lie from ours if no more than half of them may lie further, in the norms' own unit."""
        return np.maximum(self.median * np.abs(ours), 2 * self.underflow)

    @property
    def caught(self) -> str:
        """Which wrong answers are seen, in words."""
        return f"one entry off by more than {self.worst:.1%}, or half of them by more than {self.median:.1%}, is caught"


def typical(deviation: Array) -> float:
    """The median deviation of the entries that are compared; 0 if there are none."""
    compared = deviation[~np.isnan(deviation)]
    return float(np.median(compared)) if compared.size else 0.0


def largest(deviation: Array) -> float:
    """The largest deviation of the entries that are compared; 0 if there are none."""
    compared = deviation[~np.isnan(deviation)]
    return float(compared.max()) if compared.size else 0.0


FLOOR = Tolerance(worst=0.1, median=1e-3, underflow=1e-17)


@cache
def tolerance(case: Configuration) -> Tolerance:
    """The measured spread of the reference (`tolerances.json`, made by `measure.py`) times the safety factor.

    The spread has a long tail: where rounding flips the sign of what enters a ReLU, a few entries move by
    more than a hundred times the median. So no tolerance is narrower than `FLOOR`; every usual mistake moves
    the entries by far more.
    """
    document = json.loads(Path(__file__).with_name("tolerances.json").read_text())
    measured = document["measured"][case.id]
    return Tolerance(
        max(SAFETY * measured["worst"], FLOOR.worst), max(SAFETY * measured["median"], FLOOR.median), FLOOR.underflow
    )
