"""How far right answers lie apart: measured over seeds, kept as JSON beside the assignment's code, never guessed.

`hidden/measure.py` of an assignment makes the file (`make measure`); its checks read it here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from grader.sandbox.protocol import Array

SAFETY = 3.0  # times the measured deviation between two right answers
CONFIDENCE = 0.999  # that a network no worse than the reference passes
SURER_THAN_BEFORE = 0.95


@cache
def measured(path: Path) -> Mapping[str, Any]:
    """What was measured, by name; nothing where the file is hidden, as in a student's kit."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found


@dataclass(frozen=True)
class Spread:
    """Median, least and largest over seeds; one entry for each layer or step."""

    median: Sequence[float]
    least: Sequence[float]
    largest: Sequence[float]

    @property
    def words(self) -> str:
        """A single number's median and range."""
        return f"{self.median[0]:.3g} ({self.least[0]:.3g} to {self.largest[0]:.3g})"


def spread_of(values: Sequence[Any]) -> dict[str, list[float]]:
    """The fields of a Spread of what each seed gave, for the file."""
    table = np.array(values)
    ranks = {"median": np.median(table, axis=0), "least": table.min(axis=0), "largest": table.max(axis=0)}
    return {name: [float(f"{value:.4g}") for value in found.ravel()] for name, found in ranks.items()}


@dataclass(frozen=True)
class Accuracies:
    """What the reference reached after `steps`: the lowest and highest share of held-out images that were right."""

    steps: int
    lowest: float
    highest: float
    runs: int

    def least(self, images: int) -> int:
        """The smallest number of right answers that is no surprise for a network as good as the worst reference."""
        return _quantile(1 - CONFIDENCE, images, self.lowest)


def most_by_chance(images: int, classes: int) -> int:
    """The right answers that guessing exceeds in fewer than one of a thousand cases."""
    return _quantile(CONFIDENCE, images, 1 / classes)


def better_than_chance(right: int, images: int, classes: int, before: int = 0) -> bool:
    """Whether guessing would come to so many right answers in fewer than one of a thousand cases.

    A network that has learned nothing need not guess: where images of one class look alike it answers them alike, and
    may be right about a class or two. So there have to be more than it gave `before` training as well, by more than
    chance comes to once in twenty times.
    """
    if before and _at_least(right, images, before / images) > 1 - SURER_THAN_BEFORE:
        return False
    return _at_least(right, images, 1 / classes) < 1 - CONFIDENCE


def _quantile(share: float, tries: int, chance: float) -> int:
    """The smallest number of successes that is not exceeded in `share` of all cases."""
    from scipy.special import bdtr  # scipy.stats, which has it too, takes half a second to import

    return int(np.searchsorted(bdtr(np.arange(tries + 1), tries, chance), share))


def _at_least(successes: int, tries: int, chance: float) -> float:
    """The chance of so many successes or more."""
    from scipy.special import bdtrc

    return float(bdtrc(successes - 1, tries, chance))


@dataclass(frozen=True)
class Tolerance:
    """How far a right answer may lie from ours, relative; below `underflow` any smaller value is right.

    `worst` is for every number, `median` for the median of all.
    """

    worst: float
    median: float
    underflow: float

    def widened(self, worst: float, median: float) -> Tolerance:
        """For answers that were measured to lie so far apart, with the safety factor; never narrower than this one."""
        return Tolerance(max(SAFETY * worst, self.worst), max(SAFETY * median, self.median), self.underflow)

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
        """How far entries may lie from ours if no more than half of them may lie further, in the numbers' own unit."""
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
