"""How far two markers agree, and who is stricter or milder than the others."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import stdtrit

from grader.moderation.alpha import Interval, interval_alpha
from grader.moderation.sample import SPREAD, proposed
from grader.moderation.second import DoubleMark

FEWEST = 3  # differences for an interval
ENOUGH = 10  # differences that tell their spread


@dataclass(frozen=True)
class MarkerDifference:
    """One marker against whoever marked the same work: the mean of own share of the points less the other's."""

    marker: str
    count: int
    mean: Interval

    @property
    def stands_out(self) -> bool:
        """Whether the interval leaves out 0."""
        low, high = self.mean.low, self.mean.high
        return low is not None and high is not None and (low > 0 or high < 0)


@dataclass(frozen=True)
class Agreement:
    """All double marks together. `needed` is how many each marker needs for a bias of 5 % to be found."""

    count: int
    alpha: Interval | None
    by_criterion: dict[str, Interval | None]
    differences: tuple[MarkerDifference, ...]
    spread: float | None
    needed: int

    def as_dict(self) -> dict[str, object]:
        """All of it for other programs; what cannot be said is null."""
        return {
            "double_marks": self.count,
            "alpha": self.alpha and asdict(self.alpha),
            "criteria": {name: found and asdict(found) for name, found in self.by_criterion.items()},
            "markers": [
                {"marker": one.marker, "double_marks": one.count, **asdict(one.mean), "stands_out": one.stands_out}
                for one in self.differences
            ],
            "spread": self.spread,
            "needed_for_each_marker": self.needed,
        }


def agreement(marks: Sequence[DoubleMark], *, seed: int = 0) -> Agreement:
    """What the double marks say."""
    criteria: dict[str, list[DoubleMark]] = defaultdict(list)
    for one in marks:
        criteria[one.criterion].append(one)
    spread = _spread(marks)
    return Agreement(
        len(marks),
        _alpha(marks, seed),
        {name: _alpha(found, seed) for name, found in criteria.items()},
        tuple(_differences(marks)),
        spread,
        proposed(SPREAD if spread is None else spread),
    )


def _alpha(marks: Sequence[DoubleMark], seed: int) -> Interval | None:
    return interval_alpha([(one.first_share, one.second_share) for one in marks], seed=seed)


def _spread(marks: Sequence[DoubleMark]) -> float | None:
    """The standard deviation of the differences; None while there are too few to tell."""
    if len(marks) < ENOUGH:
        return None
    return float(np.std([one.first_share - one.second_share for one in marks], ddof=1))


def _differences(marks: Sequence[DoubleMark]) -> list[MarkerDifference]:
    found: dict[str, list[float]] = defaultdict(list)
    for one in marks:
        found[one.first].append(one.first_share - one.second_share)
        found[one.second].append(one.second_share - one.first_share)
    differences = [MarkerDifference(marker, len(values), _mean(values)) for marker, values in found.items()]
    return sorted(differences, key=lambda one: (-abs(one.mean.value), one.marker))


def _mean(values: Sequence[float]) -> Interval:
    """The mean with Student's interval."""
    mean = float(np.mean(values))
    if len(values) < FEWEST:
        return Interval(mean)
    half = float(stdtrit(len(values) - 1, 0.975)) * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return Interval(mean, mean - half, mean + half)
