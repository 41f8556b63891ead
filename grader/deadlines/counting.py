"""Which of a student's attempts counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from grader.policies import AttemptPolicy, LatePolicy, Terms
from grader.submission import Submission

WORDS = {
    "latest": "the latest",
    "latest_on_time": "the latest on time",
    "first": "the first",
    "best": "the one with the most points",
}


def counting(
    submissions: Sequence[Submission],
    policy: AttemptPolicy,
    late: LatePolicy,
    terms_of: Callable[[Submission], Terms],
) -> list[Submission]:
    """One submission for each student, out of all attempts sorted by student and attempt.

    With `best` it carries the others as its `rivals`. Why it counts is added to its notes.
    """
    return [
        _counting(list(group), policy, late, terms_of)
        for _, group in groupby(submissions, key=lambda submission: submission.student)
    ]


def _counting(
    attempts: list[Submission], policy: AttemptPolicy, late: LatePolicy, terms_of: Callable[[Submission], Terms]
) -> Submission:
    if len(attempts) == 1:
        return attempts[0]
    judged = [_Judged(attempt, late, terms_of(attempt)) for attempt in attempts]
    allowed, notes = _allowed(judged, policy)
    chosen = _chosen(allowed, policy)
    others = tuple(one.attempt for one in allowed if one is not chosen) if policy.counts == "best" else ()
    why = f"attempt {chosen.attempt.attempt} of {len(attempts)} counts: {WORDS[policy.counts]}"
    if policy.counts == "latest_on_time" and chosen.late:
        why = f"attempt {chosen.attempt.attempt} of {len(attempts)} counts: the latest, as none was on time"
    told = notes if others else (why, *notes)
    return replace(chosen.attempt, notes=(*chosen.attempt.notes, *told), rivals=others)


@dataclass(frozen=True)
class _Judged:
    attempt: Submission
    policy: LatePolicy
    terms: Terms

    @property
    def late(self) -> bool:
        if not self.attempt.timed:
            return self.attempt.origin is not None and self.attempt.origin.marked_late
        return self.policy.is_late(self.terms.due, self.attempt.submitted_at)

    @property
    def accepted(self) -> bool:
        return (
            self.terms.waived
            or not self.attempt.timed
            or self.policy.accepts(self.terms.due, self.attempt.submitted_at)
        )


def _allowed(judged: list[_Judged], policy: AttemptPolicy) -> tuple[list[_Judged], tuple[str, ...]]:
    """The attempts that are looked at, and remarks on those that are not."""
    notes = []
    late = [one for one in judged if one.late]
    if policy.late_attempts is not None and len(late) > policy.late_attempts:
        left_out = late[policy.late_attempts :]
        notes.append(
            f"late attempts that count: {policy.late_attempts}; not looked at: "
            + ", ".join(f"attempt {one.attempt.attempt}" for one in left_out)
        )
        judged = [one for one in judged if one not in left_out] or judged[:1]
    if any(one.accepted for one in judged):
        notes += [f"attempt {one.attempt.attempt} came too late to be accepted" for one in judged if not one.accepted]
        judged = [one for one in judged if one.accepted]
    return judged, tuple(notes)


def _chosen(allowed: list[_Judged], policy: AttemptPolicy) -> _Judged:
    if policy.counts == "first":
        return allowed[0]
    if policy.counts == "latest_on_time":
        return ([one for one in allowed if not one.late] or allowed)[-1]
    return allowed[-1]
