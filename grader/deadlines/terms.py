"""What holds for one student: the deadline, an extension, an excuse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from grader.policies import Charge, LatePolicy
from grader.submission import Origin

UNKNOWN = "marked late, but the download does not say when it was handed in: nothing was taken off yet"


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
