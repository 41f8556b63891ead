"""What a late submission loses, by the policy and by a student's own terms; which of several attempts counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from grader.submission import Origin
from grader.words import counted, plain

CENT = Decimal("0.01")
ZERO = Decimal(0)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
UNKNOWN = "marked late, but the download does not say when it was handed in: nothing was taken off yet"


class LatePolicyError(ValueError):
    """A late policy that makes no sense. The message is for the instructor."""


@dataclass(frozen=True)
class Charge:
    """Points that a late submission loses, and why; both empty if it is on time."""

    points: Decimal = ZERO
    reason: str = ""


@dataclass(frozen=True)
class LatePolicy:
    """Points or percent lost per day or hour begun after the deadline; after `days` days nothing is accepted.

    Days are counted on the clock of the deadline's time zone, so that the day on which clocks change is one
    day; hours are counted as they pass. Within `grace` nothing is lost; after it the time counts from the
    deadline. Percent are of what is `possible` or of what was `earned`. At most `cap` points are lost, and never
    more than was earned: a total is not negative.
    """

    points_per_day: Decimal | float = 0
    days: int | None = None
    percent_per_day: Decimal | float = 0
    points_per_hour: Decimal | float = 0
    percent_per_hour: Decimal | float = 0
    grace: timedelta = timedelta(0)
    cap: Decimal | float | None = None
    percent_of: Literal["possible", "earned"] = "possible"

    def __post_init__(self) -> None:
        rates = (self.points_per_day, self.percent_per_day, self.points_per_hour, self.percent_per_hour)
        if any(rate < 0 for rate in rates) or sum(rate > 0 for rate in rates) > 1:
            raise LatePolicyError("late policy: expected one of points or percent per day or hour, above 0")
        if self.grace < timedelta(0) or (self.days is not None and self.days < 0):
            raise LatePolicyError("late policy: expected grace and days of 0 or more")

    @property
    def takes_points(self) -> bool:
        """Whether being late can cost anything."""
        return bool(self._rate[0]) or self.days is not None

    def is_late(self, due: datetime | None, submitted_at: datetime) -> bool:
        """Whether it came after the deadline and the grace. Both times carry a time zone."""
        return due is not None and _utc(submitted_at) > _utc(due) + self.grace

    def accepts(self, due: datetime | None, submitted_at: datetime) -> bool:
        """Whether it came early enough to be graded."""
        if due is None or self.days is None or not self.is_late(due, submitted_at):
            return True
        return _days_begun(due, submitted_at) <= self.days

    def penalty(self, due: datetime | None, submitted_at: datetime, possible: Decimal, earned: Decimal) -> Decimal:
        """Points to subtract from `earned`. Both times carry a time zone."""
        return self.charge(due, submitted_at, possible, earned).points

    def charge(self, due: datetime | None, submitted_at: datetime, possible: Decimal, earned: Decimal) -> Charge:
        """Points to subtract from `earned`, with the arithmetic."""
        if due is None or not self.is_late(due, submitted_at):
            return Charge()
        if not self.accepts(due, submitted_at):
            late = counted(_days_begun(due, submitted_at), "day")
            most = f"at most {counted(self.days or 0, 'day')} late are accepted"
            return Charge(min(possible, earned), f"{_times(due, submitted_at)}: {late} late; {most}, so nothing counts")
        lost, sum_ = self._lost(due, submitted_at, possible, earned)
        if not lost:
            return Charge()
        reason = f"{_times(due, submitted_at)}: {self._lateness(due, submitted_at)}; {sum_}"
        if self.cap is not None and lost > _exact(self.cap):
            lost = _exact(self.cap)
            reason += f", at most {plain(lost)}"
        if lost > earned:
            reason += f", no more than the {plain(earned)} earned"
        return Charge(min(lost.quantize(CENT, ROUND_HALF_UP), earned), reason)

    @property
    def _rate(self) -> tuple[Decimal, bool, bool]:
        """How much, whether percent, whether per hour."""
        for rate, percent, hourly in (
            (self.points_per_day, False, False),
            (self.percent_per_day, True, False),
            (self.points_per_hour, False, True),
            (self.percent_per_hour, True, True),
        ):
            if rate:
                return _exact(rate), percent, hourly
        return ZERO, False, False

    def _begun(self, due: datetime, submitted_at: datetime) -> int:
        hourly = self._rate[2]
        return -((_utc(due) - _utc(submitted_at)) // HOUR) if hourly else _days_begun(due, submitted_at)

    def _lost(self, due: datetime, submitted_at: datetime, possible: Decimal, earned: Decimal) -> tuple[Decimal, str]:
        rate, percent, _ = self._rate
        begun = self._begun(due, submitted_at)
        if not percent:
            return rate * begun, f"{begun} × {plain(rate)} = {plain(rate * begun)} points"
        share = min(rate * begun, Decimal(100))
        base, word = (possible, "possible") if self.percent_of == "possible" else (earned, "earned")
        lost = (base * share / 100).quantize(CENT, ROUND_HALF_UP)
        return lost, f"{begun} × {plain(rate)} % of the {plain(base)} points {word} = {plain(lost)} points"

    def _lateness(self, due: datetime, submitted_at: datetime) -> str:
        hourly = self._rate[2]
        gap = _utc(submitted_at) - _utc(due) if hourly else _on_the_clock(due, submitted_at)
        begun = self._begun(due, submitted_at)
        changed = not hourly and gap != _utc(submitted_at) - _utc(due)
        clocks = " by the clock, which was changed meanwhile" if changed else ""
        unit = "hour" if hourly else "day"
        whole = gap == begun * (HOUR if hourly else DAY)
        return f"{_span(gap)} late{clocks}" + ("" if whole else f", {counted(begun, unit)} begun")


@dataclass(frozen=True)
class Terms:
    """One student's terms. `waived`: being late costs nothing; `excused`: the assignment does not count.

    `why` tells of an extension or excuse, for the feedback.
    """

    due: datetime | None = None
    waived: bool = False
    excused: bool = False
    why: str = ""

    def charge(
        self,
        policy: LatePolicy,
        submitted_at: datetime | None,
        origin: Origin | None,
        possible: Decimal,
        earned: Decimal,
    ) -> Charge:
        """What being late costs. `submitted_at` is None where nobody knows: then nothing, and that is said."""
        if submitted_at is None:
            marked = origin is not None and origin.marked_late and policy.takes_points and not self.waived
            return Charge(reason=UNKNOWN) if marked else Charge()
        if self.waived:
            late = policy.is_late(self.due, submitted_at)
            return Charge(reason=f"late, but no penalty: {self.why}") if late else Charge()
        charged = policy.charge(self.due, submitted_at, possible, earned)
        if charged.reason and self.why:
            return Charge(charged.points, f"{self.why}; {charged.reason}")
        return charged


def _exact(value: Decimal | float) -> Decimal:
    return Decimal(str(value))


def _utc(moment: datetime) -> datetime:
    """Python compares times of one zone by their clocks, which stand at the same hour twice a year."""
    return moment.astimezone(UTC)


def _on_the_clock(due: datetime, submitted_at: datetime) -> timedelta:
    """How far the clock of the deadline's zone went on; a little at least, for what is late when it is put back."""
    local = submitted_at.astimezone(due.tzinfo)
    return max(local.replace(tzinfo=None) - due.replace(tzinfo=None), timedelta(seconds=1))


def _days_begun(due: datetime, submitted_at: datetime) -> int:
    return -(-_on_the_clock(due, submitted_at) // DAY)


def _times(due: datetime, submitted_at: datetime) -> str:
    local = submitted_at.astimezone(due.tzinfo)
    form = "%Y-%m-%d %H:%M:%S %Z" if due.second or local.second else "%Y-%m-%d %H:%M %Z"
    return f"due {due:{form}}, handed in {local:{form}}"


def _span(gap: timedelta) -> str:
    minutes, seconds = divmod(int(gap.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [
        counted(days, "day") if days else "",
        f"{hours} h" if hours else "",
        f"{minutes} min" if minutes else "",
        f"{seconds} s" if seconds and not days else "",
    ]
    return " ".join(part for part in parts if part)


Counts = Literal["latest", "latest_on_time", "first", "best"]


@dataclass(frozen=True)
class AttemptPolicy:
    """Which attempt counts when a student handed in several times.

    `latest_on_time` falls back to the latest where none was on time. Of the late attempts only the first
    `late_attempts` are looked at: "resubmit freely until the deadline, at most one late submission" is
    `AttemptPolicy("latest", late_attempts=1)`. One that comes too late to be accepted never replaces one that
    was accepted. `best` grades all of them and keeps the one with the most points after its late penalty.
    """

    counts: Counts = "latest"
    late_attempts: int | None = None
