"""4  Evidence and findings → Grade: points per criterion, rounded once per row; totals are sums of rounded rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from grader.assignment import Assignment
from grader.evidence import Evidence, SubmissionRecord
from grader.finding import Finding, Outcome
from grader.policies import Charge, Terms
from grader.rubric import Criterion
from grader.sandbox.protocol import Status

CENT = Decimal("0.01")
ZERO = Decimal(0)
SHOWN_ERRORS = 4


@dataclass(frozen=True)
class HandMark:
    """Points that a person gave; `at` is UTC in ISO 8601. `previous` tells what stood there before, and who put it."""

    criterion: str
    points: Decimal
    author: str
    reason: str
    at: str
    previous: Decimal | None = None
    previous_author: str = "the grader"


@dataclass(frozen=True)
class Mark:
    """One row of the rubric. `points` is None while the outcome is `ungraded`; `by_hand` if a person gave them."""

    criterion: str
    title: str
    finding: Finding
    points: Decimal | None
    points_possible: Decimal
    manual: bool
    by_hand: HandMark | None = None
    extra: bool = False


@dataclass(frozen=True)
class ExecutionSummary:
    """How the student's code ran, measured outside the sandbox; `sandbox` says what that was made of, or `none`."""

    status: str
    reason: str
    wall_s: float
    cpu_s: float
    peak_mib: int
    device: str
    sandbox: str = "bubblewrap"


@dataclass(frozen=True)
class Grade:
    """One attempt's result. `submitted_at` is None where nobody knows it.

    `late_reason` holds the arithmetic of the late penalty.
    """

    assignment: str
    student: str
    attempt: int
    submitted_at: datetime | None
    marks: tuple[Mark, ...]
    late_penalty: Decimal
    execution: ExecutionSummary
    late_reason: str = ""

    @property
    def status(self) -> str:
        """`graded`, or `ungraded` while any mark needs a person."""
        return "ungraded" if any(mark.points is None for mark in self.marks) else "graded"

    @property
    def points_possible(self) -> Decimal:
        """The rubric's total, without what is extra."""
        return sum((mark.points_possible for mark in self.marks if not mark.extra), ZERO)

    @property
    def points_so_far(self) -> Decimal:
        """What the marks made so far add up to, after the late penalty; never below zero."""
        earned = sum((mark.points for mark in self.marks if mark.points is not None), ZERO)
        return max(ZERO, earned - self.late_penalty)

    @property
    def points(self) -> Decimal | None:
        """The total, or None while any mark is ungraded."""
        return self.points_so_far if self.status == "graded" else None


def mark(criterion: Criterion, finding: Finding, given: HandMark | None = None) -> Mark:
    """Turn a finding into points, rounded here and nowhere else (half up, to 0.01). What a person gave goes first."""
    if given is not None:
        return _by_hand(criterion, finding, given)
    points = None
    if finding.outcome is not Outcome.UNGRADED:
        share = Decimal(finding.credit.numerator) / Decimal(finding.credit.denominator)
        points = (criterion.points * share).quantize(CENT, ROUND_HALF_UP)
    return Mark(
        criterion.id, criterion.title, finding, points, criterion.points, criterion.manual, extra=criterion.extra
    )


def _counted(criterion: Criterion, marks: Mapping[str, Mark]) -> Mark:
    """The mark of a criterion, after those that it needs: it counts once each of them earned some of its points.

    What a person gave it stays.
    """
    own = marks[criterion.id]
    others = [marks[name] for name in criterion.needs if not marks[name].finding.credit]
    if not others or own.by_hand is not None or own.finding.outcome in (Outcome.FAILED, Outcome.UNGRADED):
        return own
    said = ", ".join(f"{other.title} ({other.finding.outcome.value})" for other in others)
    is_open = any(other.finding.outcome is Outcome.UNGRADED for other in others)
    why = "not decided yet" if is_open else "there is nothing that it could be said of"
    words = f"this counts only if these earn points: {said}; {why}"
    details = (own.finding.message, *own.finding.details)
    finding = replace(
        own.finding,
        outcome=Outcome.UNGRADED if is_open else Outcome.FAILED,
        credit=Fraction(0),
        message=words,
        details=details,
    )
    return mark(criterion, finding)


def _by_hand(criterion: Criterion, finding: Finding, given: HandMark) -> Mark:
    """A person's mark, with what the grader can show still beside it."""
    words = f"marked by {given.author} on {given.at[:10]}: {given.reason}"
    if given.points > criterion.points:
        finding = replace(
            finding,
            outcome=Outcome.UNGRADED,
            credit=Fraction(0),
            hint="mark it again",
            message=f"{words} ({given.points} points, of {criterion.points} possible now)",
        )
        return Mark(
            criterion.id, criterion.title, finding, None, criterion.points, criterion.manual, extra=criterion.extra
        )
    credit = Fraction(given.points) / Fraction(criterion.points)
    outcome = Outcome.PARTIAL if 0 < credit < 1 else (Outcome.PASSED if credit else Outcome.FAILED)
    finding = replace(finding, outcome=outcome, message=words, hint=None, credit=credit)
    return Mark(
        criterion.id, criterion.title, finding, given.points, criterion.points, criterion.manual, given, criterion.extra
    )


def grade(  # noqa: PLR0913 - all but two are named
    assignment: Assignment,
    findings: Mapping[str, Finding],
    *,
    student: str,
    attempt: int,
    submitted_at: datetime | None,
    execution: ExecutionSummary,
    given: Mapping[str, HandMark] = MappingProxyType({}),
    charge: Callable[[Decimal], Charge] | None = None,
) -> Grade:
    """Combine one finding per criterion into a grade. Pure: no clock, no files.

    `given` are the marks by a person, by criterion; they replace what the findings say. `charge` gives what being
    late costs, from the points earned; by default what the assignment's own deadline and policy say.
    """
    first = {rule.id: mark(rule, findings[rule.id], given.get(rule.id)) for rule in assignment.rubric}
    marks = tuple(_counted(rule, first) for rule in assignment.rubric)
    earned = sum((row.points for row in marks if row.points is not None), ZERO)
    if charge is not None:
        late = charge(earned)
    elif submitted_at is None:
        late = Charge()
    else:
        late = assignment.late_policy.charge(assignment.due, submitted_at, assignment.points, earned)
    return Grade(assignment.id, student, attempt, submitted_at, marks, late.points, execution, late.reason)


def grade_evidence(
    assignment: Assignment,
    evidence: Evidence,
    findings: Mapping[str, Finding],
    terms: Terms | None = None,
    given: Mapping[str, HandMark] = MappingProxyType({}),
) -> Grade:
    """A submission's grade from the findings in its evidence, the student's terms and what a person gave: the same ones
    give the same grade.
    """
    record = evidence.submission
    return grade(
        assignment,
        findings,
        student=record.student,
        attempt=record.attempt,
        submitted_at=record.told_at,
        execution=execution_summary(evidence),
        charge=late_charge(assignment, terms or Terms(assignment.due), record),
        given=given,
    )


def late_charge(assignment: Assignment, terms: Terms, record: SubmissionRecord) -> Callable[[Decimal], Charge]:
    """What being late costs a submission under a student's terms, from the points earned."""
    policy, possible = assignment.late_policy, assignment.points
    return lambda earned: terms.charge(policy, record.told_at, record.origin, possible, earned)


def execution_summary(found: Evidence) -> ExecutionSummary:
    """The first execution of student code, or of a document if there is none: what a person wants to know of it."""
    runs = found.code_runs or found.executions
    if not runs:
        status = Status.SANDBOX_FAILED if found.submission.ambiguous else Status.NO_RESULT
        reason = found.submission.problem or found.submission.ambiguous or "nothing was run"
        return ExecutionSummary(status.value, reason, 0.0, 0.0, 0, "none", found.sandbox)
    first = runs[0]
    errors = found.errors() if first.status is Status.EXITED else []
    return ExecutionSummary(
        (Status.RAISED if errors else first.status).value,  # a plain word, as it is read back
        _errors_words(errors) if errors else first.reason,
        first.wall_s,
        first.cpu_s,
        first.peak_mib,
        first.device,
        found.sandbox,
    )


def _errors_words(errors: Sequence[Mapping[str, Any]]) -> str:
    """The first errors, and how many more there are: in a notebook each cell may fail on its own."""
    words = "; ".join(_error_words(error) for error in errors[:SHOWN_ERRORS])
    more = len(errors) - SHOWN_ERRORS
    return f"{words}; and {more} more" if more > 0 else words


def _error_words(error: Mapping[str, Any]) -> str:
    line = f" line {error['line']}," if error.get("line") else ""
    return f"{error.get('where')},{line} {error.get('kind')}: {error.get('message')}"[:500]
