"""How sure a score is: its interval, and how often another test set of the same size would give another verdict.

A score is a mean over independent test items. With k of n right, the chance that so many of another n are is
beta-binomial (Jeffreys' prior): both test sets wander, so it is wider than the interval alone says. Of other means it
is Student's t around the mean that was found, with twice the variance of one. Source: Brown, Cai and DasGupta,
"Interval estimation for a binomial proportion" (2001); Geisser, "Predictive inference" (1993). Shown by
`benchmarks/flips.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from grader.sandbox.protocol import Array

LEVEL = 0.95
RESAMPLES = 2_000


@dataclass(frozen=True, eq=False)
class Score:
    """A mean over test items: `items` holds one number for each, or 0 and 1 where it is the share of right ones."""

    items: Array
    is_share: bool = True
    lower_is_better: bool = False

    @property
    def count(self) -> int:
        """How many items were predicted."""
        return len(self.items)

    @property
    def right(self) -> int:
        """How many are right, where it is a share."""
        return int(self.items.sum())

    @cached_property
    def value(self) -> float:
        """The mean; infinite if any item is no finite number."""
        if not self.count:
            return math.nan
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(self.items.mean(dtype=np.float64))
        return mean if math.isfinite(mean) else math.inf

    @cached_property
    def interval(self) -> tuple[float, float]:
        """95 % bounds of what it would be with endless items: Wilson's for a share, else by the bootstrap."""
        if not self.count or not math.isfinite(self.value):
            return -math.inf, math.inf
        return wilson(self.right, self.count) if self.is_share else bootstrap(self.items)

    @property
    def method(self) -> str:
        """The interval's name: Wilson's for a share of right items, a bootstrap for any other score."""
        return "Wilson" if self.is_share else "bootstrap"

    def reaches(self, cut_off: float) -> bool:
        """Whether it is on the good side of a cut-off, which belongs to that side itself."""
        near = 1e-12 * max(1.0, abs(cut_off))
        return self.value <= cut_off + near if self.lower_is_better else self.value >= cut_off - near

    def flips(self, cut_off: float) -> float:
        """The chance that the same answers' maker would be on the other side with another test set of this size."""
        if not self.count or not math.isfinite(self.value):
            return 0.0
        low = self._below_by_chance(cut_off)
        at_least = 1 - low
        return low if self.reaches(cut_off) != self.lower_is_better else at_least

    def _below_by_chance(self, cut_off: float) -> float:
        """The chance that another test set's score is below the cut-off; at most it, where lower is better."""
        if self.is_share:
            near = 1e-9 * self.count
            exact = cut_off * self.count
            most = math.floor(exact + near) if self.lower_is_better else math.ceil(exact - near) - 1
            return share_below(self.right, self.count, most)
        return mean_below(self.items, cut_off)


def wilson(right: int, count: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's interval for `right` of `count`."""
    from scipy.stats import binomtest

    found = binomtest(right, count).proportion_ci(level, method="wilson")
    return float(found.low), float(found.high)


def bootstrap(items: Array, level: float = LEVEL, resamples: int = RESAMPLES) -> tuple[float, float]:
    """The percentile interval of the mean of items drawn again; the same for the same items."""
    rng = np.random.default_rng(len(items))
    means = np.array([items[rng.integers(0, len(items), len(items))].mean() for _ in range(resamples)])
    low, high = np.quantile(means, ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)


def share_below(right: int, count: int, most: int) -> float:
    """The chance that at most `most` of another `count` are right, after `right` of `count` were."""
    from scipy.stats import betabinom

    return float(betabinom.cdf(most, count, right + 0.5, count - right + 0.5))


def mean_below(items: Array, cut_off: float) -> float:
    """The chance that the mean of as many other items is below a cut-off."""
    from scipy.stats import t

    count, mean = len(items), float(items.mean())
    deviation = float(items.std(ddof=1)) if count > 1 else 0.0
    if not deviation:
        return float(mean < cut_off)
    return float(t.cdf((cut_off - mean) / (deviation * math.sqrt(2 / count)), count - 1))
