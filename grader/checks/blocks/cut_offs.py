"""`steps` and `linear`: from a score to a share of the points, and what is done about a score near a cut-off."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from grader.checks.intervals import Score
from grader.errors import AssignmentError
from grader.exhibit import Exhibit
from grader.finding import Finding

Policy = Literal["student", "person", "strict"]
DOUBT = 0.05
SEEN = 0.001  # chances below that are not told


@dataclass(frozen=True)
class CutOffs:
    """Shares of the points by score: `points` from the worst score to the best.

    `between` says what lies between two of them. `policy` decides where the chance that another test set would give
    another verdict is more than `doubt`: for the `student`, by a `person`, or not at all (`strict`).
    """

    points: tuple[tuple[float, Fraction], ...]
    between: Literal["steps", "linear"]
    doubt: float = DOUBT
    policy: Policy = "student"

    @property
    def lower_is_better(self) -> bool | None:
        """Whether a lower score is better; None where one cut-off alone does not tell."""
        return None if len(self.points) < 2 else self.points[0][0] > self.points[-1][0]

    def share(self, score: Score) -> Fraction:
        """The share of the points of a score, as it is."""
        reached = [place for place, (cut_off, _) in enumerate(self.points) if score.reaches(cut_off)]
        if not reached or not math.isfinite(score.value):
            return Fraction(0)
        cut_off, share = self.points[reached[-1]]
        if self.between == "steps" or reached[-1] == len(self.points) - 1:
            return share
        following, more = self.points[reached[-1] + 1]
        way = (_exact(score) - Fraction(str(cut_off))) / (Fraction(str(following)) - Fraction(str(cut_off)))
        return share + (more - share) * min(max(way, Fraction(0)), Fraction(1))

    def jumps(self) -> Iterator[float]:
        """The cut-offs at which points are won or lost all at once, from the worst score to the best."""
        before = Fraction(0)
        for place, (cut_off, share) in enumerate(self.points):
            if share > before and (self.between == "steps" or place == 0):
                yield cut_off
            before = share

    def share_at(self, cut_off: float) -> Fraction:
        """The share of the points of a score at one of the cut-offs."""
        return dict(self.points)[cut_off]

    def words(self, unit: str) -> str:
        """All of it in a line: `50.0% of the points from 70.0%, ...`."""
        listed = ", ".join(f"{float(share):.0%} at {said(cut_off, unit)}" for cut_off, share in self.points)
        return f"{listed}{' and linear between' if self.between == 'linear' and len(self.points) > 1 else ''}"


def steps(
    points: Mapping[float, float], *, doubt: float = DOUBT, policy: Policy = "student", lower_is_better: bool = False
) -> CutOffs:
    """So many percent of the points from each score on: `steps({0.9: 100, 0.7: 50})`; below the lowest, none.

    Where the chance that the same work would fall on the other side of a cut-off with another test set is more than
    `doubt`, `policy` decides: `"student"` gives what the better side gives, `"person"` leaves it to a person,
    `"strict"` takes the score as it is. With percents that fall as scores rise (a loss), lower is better; for a single
    cut-off `lower_is_better` says so.
    """
    return _made(points, "steps", doubt, policy, lower_is_better)


def linear(
    points: Mapping[float, float], *, doubt: float = DOUBT, policy: Policy = "student", lower_is_better: bool = False
) -> CutOffs:
    """As `steps`, with percents that grow linearly between two scores: `linear({0.5: 30, 0.7: 50, 0.85: 90})`.

    Below the lowest score there is nothing; `doubt` and `policy` count there, if points begin with a jump.
    """
    return _made(points, "linear", doubt, policy, lower_is_better)


def _made(
    points: Mapping[float, float],
    between: Literal["steps", "linear"],
    doubt: float,
    policy: Policy,
    lower_is_better: bool,
) -> CutOffs:
    if not isinstance(points, Mapping) or not points:
        raise AssignmentError(f"{between}: expected percents by score such as {{0.7: 50, 0.9: 100}}, found {points!r}")
    if odd := [key for pair in points.items() for key in pair if not _is_number(key)]:
        raise AssignmentError(f"{between}: expected numbers, found {odd[0]!r}")
    if policy not in ("student", "person", "strict"):
        raise AssignmentError(f"{between}: policy: expected student, person or strict, found {policy!r}")
    if not _is_number(doubt) or not 0 <= doubt < 0.5:
        raise AssignmentError(f"{between}: doubt: expected a chance from 0 to 0.5, found {doubt!r}")
    listed = sorted((float(score), Fraction(str(percent)) / 100) for score, percent in points.items())
    if (lower_is_better and len(listed) == 1) or listed[0][1] > listed[-1][1]:
        listed.reverse()
    shares = [share for _, share in listed]
    if shares != sorted(shares) or shares[0] < 0 or shares[-1] > 1:
        raise AssignmentError(f"{between}: expected percents from 0 to 100 that rise, or fall, with the score")
    return CutOffs(tuple(listed), between, doubt, policy)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _exact(score: Score) -> Fraction:
    return Fraction(score.right, score.count) if score.is_share else Fraction(score.value)


def said(value: float, unit: str) -> str:
    """A score in words: a share in percent, other numbers to four digits."""
    return f"{value:.1%}" if unit == "%" else f"{value:.4g}{unit and ' ' + unit}"


def judged(
    score: Score,
    cut_offs: CutOffs,
    what: str,
    *,
    unit: str,
    hint: str | None = None,
    notes: tuple[str, ...] = (),
    exhibits: tuple[Exhibit, ...] = (),
) -> Finding:
    """The finding on a score: its interval, what it earns, and how sure that is. `what` is the score in words."""
    low, high = score.interval
    found = f"{score.right} of {score.count} ({score.value:.1%})" if score.is_share else said(score.value, unit)
    words = f"{what}: {found}, 95 % interval {said(low, unit)} to {said(high, unit)} ({score.method})"
    chances = tuple(_chances(score, cut_offs, unit))
    earned, why = _earned(score, cut_offs, unit)
    details = (f"cut-offs: {cut_offs.words(unit)}", *chances, *notes)
    if earned is None:
        return Finding.ungraded(f"{words}; {why}", "a person decides", details=details, exhibits=exhibits)
    words = f"{words}{'; ' + why if why else ''}"
    best, share = cut_offs.points[-1]
    if earned >= 1:
        return Finding.passed(words, details=details, exhibits=exhibits)
    sign = "at most" if score.lower_is_better else "at least"
    expected = f"expected {sign} {said(best, unit)} for {float(share):.0%} of the points, found {words}"
    if earned <= 0:
        return Finding.failed(expected, hint, details=details, exhibits=exhibits)
    return Finding.partial(earned, expected, hint, details=details, exhibits=exhibits)


def _earned(score: Score, cut_offs: CutOffs, unit: str) -> tuple[Fraction | None, str]:
    """The share of the points, and what the policy did; None where a person decides."""
    near = [cut_off for cut_off in cut_offs.jumps() if score.flips(cut_off) > cut_offs.doubt]
    own = cut_offs.share(score)
    if not near or cut_offs.policy == "strict":
        return own, ""
    if cut_offs.policy == "person":
        return None, f"too near to {said(near[-1], unit)} to be sure"
    missed = [cut_off for cut_off in near if not score.reaches(cut_off)]
    if not missed:
        return own, ""
    return max(own, cut_offs.share_at(missed[-1])), f"counted as {said(missed[-1], unit)}, in the student's favour"


def _chances(score: Score, cut_offs: CutOffs, unit: str) -> Iterator[str]:
    for cut_off, _ in cut_offs.points:
        if (chance := score.flips(cut_off)) > SEEN:
            side = "miss" if score.reaches(cut_off) else "reach"
            yield (
                f"with another test set of {score.count:,} the same work would {side} {said(cut_off, unit)} "
                f"with a chance of {chance:.1%}"
            )
