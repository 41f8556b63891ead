"""The public checks as a student reads them: one line each, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from grader.assignment import Assignment
from grader.finding import NOT_ATTEMPTED, Outcome
from grader.students.checking import Checked
from grader.words import plain, shortened

SIGN = {Outcome.PASSED: "✓", Outcome.PARTIAL: "△", Outcome.FAILED: "✗", Outcome.UNGRADED: "?"}
LINE_CHARS, DETAILS = 600, 10


def headline(checked: Checked) -> str:
    """`✓ flags  2 of 2  …`: outcome, points, message."""
    criterion = checked.criterion
    earned = plain(checked.points or Decimal(0)) if is_judged(checked) else "–"
    more = ", form only" if checked.preview else ""
    sign = "–" if not_attempted(checked) else SIGN[checked.finding.outcome]
    worth = f"{earned} of {plain(criterion.points)}{more}"
    return f"{sign} {criterion.id}  {worth}  {shortened(checked.finding.message, LINE_CHARS)}"


def not_attempted(checked: Checked) -> bool:
    """Whether there is nothing yet that could be checked."""
    return checked.finding.message.lower().startswith(NOT_ATTEMPTED.lower())


def explanation(checked: Checked) -> list[str]:
    """Every problem, and the hint."""
    finding = checked.finding
    if finding.outcome is Outcome.PASSED:
        return []
    lines = [f"  - {shortened(detail, LINE_CHARS)}" for detail in finding.details[:DETAILS]]
    if len(finding.details) > DETAILS:
        lines.append(f"  - and {len(finding.details) - DETAILS} more")
    return [*lines, *([f"  hint: {shortened(finding.hint, LINE_CHARS)}"] if finding.hint else [])]


def total(found: Sequence[Checked], assignment: Assignment) -> str:
    """`8 of 10 points checked here, 2 looked at after you submit`: only what was judged here counts."""
    judged = [checked for checked in found if is_judged(checked)]
    got = sum((checked.points or Decimal(0) for checked in judged), Decimal(0))
    possible = sum((checked.criterion.points for checked in judged), Decimal(0))
    later = assignment.points - possible
    rest = f", {plain(later)} looked at after you submit" if later else ""
    return f"public checks: {checked_here(got, possible)}{rest}"


def checked_here(got: Decimal, possible: Decimal) -> str:
    """`8 of 10 points checked here`; where every check is one of form only, no points are."""
    return f"{plain(got)} of {plain(possible)} points checked here" if possible else "no points are decided here"


def is_judged(checked: Checked) -> bool:
    """Whether the check decided about points: not one of form only, not one that could not tell."""
    return not checked.preview and checked.points is not None


def later(assignment: Assignment, found: Sequence[Checked]) -> str | None:
    """The criteria that are looked at, or looked at again, when the work is graded."""
    judged = {checked.criterion.id for checked in found if is_judged(checked)}
    left = [criterion for criterion in assignment.rubric if criterion.id not in judged]
    if not left:
        return None
    names = ", ".join(f"{rule.id}{' (by a person)' if rule.manual else ''}" for rule in left)
    return f"looked at when the work is graded: {names}"
