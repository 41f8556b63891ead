"""The public checks as a student reads them: one line each, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from grader.assignment import Assignment
from grader.finding import Outcome
from grader.intake.names import shown
from grader.students.checking import Checked, public_checks

SIGN = {Outcome.PASSED: "✓", Outcome.PARTIAL: "△", Outcome.FAILED: "✗", Outcome.UNGRADED: "?"}
LINE_CHARS, DETAILS = 600, 10


def points(value: Decimal) -> str:
    """`2` or `2.5`."""
    return f"{value.normalize():f}"


def headline(checked: Checked) -> str:
    """`✓ flags  2 of 2  …`: outcome, points, message."""
    criterion = checked.criterion
    earned = "–" if checked.points is None else points(checked.points)
    more = ", form only" if checked.preview else ""
    return (
        f"{SIGN[checked.finding.outcome]} {criterion.id}  {earned} of {points(criterion.points)}{more}  "
        f"{shown(checked.finding.message, LINE_CHARS)}"
    )


def explanation(checked: Checked) -> list[str]:
    """Every problem, and the hint."""
    finding = checked.finding
    if finding.outcome is Outcome.PASSED:
        return []
    lines = [f"  - {shown(detail, LINE_CHARS)}" for detail in finding.details[:DETAILS]]
    if len(finding.details) > DETAILS:
        lines.append(f"  - and {len(finding.details) - DETAILS} more")
    return [*lines, *([f"  hint: {shown(finding.hint, LINE_CHARS)}"] if finding.hint else [])]


def total(earned: Sequence[tuple[Decimal | None, Decimal]]) -> str:
    """The points of the checks that were run, given as (earned, possible)."""
    got = sum((part or Decimal(0) for part, _ in earned), Decimal(0))
    possible = sum((part for _, part in earned), Decimal(0))
    return f"public checks: {points(got)} of {points(possible)} points"


def not_public(assignment: Assignment) -> str | None:
    """What is only looked at when the work is graded."""
    public = public_checks(assignment)
    left = [criterion for criterion in assignment.rubric if criterion.id not in public]
    if not left:
        return None
    worth = points(sum((criterion.points for criterion in left), Decimal(0)))
    names = ", ".join(f"{c.id}{' (by a person)' if c.manual else ''}" for c in left)
    return f"looked at when the work is graded: {names} ({worth} points)"
