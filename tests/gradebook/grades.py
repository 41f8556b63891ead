"""Grades for the tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

from grader.finding import Finding
from grader.grading import ExecutionSummary, Grade, Mark

PASSED = Finding.passed("17 of 20 (85.0 %)", details=("one", "two"))
HALF = Finding.partial(Fraction(1, 2), "expected 10, found 5", "count again")
UNGRADED = Finding.ungraded("the sandbox failed", "grade again")
DIGEST = "a" * 64


def mark(criterion: str, finding: Finding, possible: str = "2.5", *, manual: bool = False) -> Mark:
    points = Decimal(possible) * finding.credit.numerator / finding.credit.denominator
    graded = finding.outcome != "ungraded"
    title = criterion.replace("_", " ")
    return Mark(criterion, title, finding, points if graded else None, Decimal(possible), manual)


MARKS = (mark("shape", PASSED), mark("loss", HALF))


def grade(student: str = "ada", marks: tuple[Mark, ...] = MARKS, late_penalty: str = "0") -> Grade:
    submitted_at = datetime(2026, 11, 1, 22, 10, tzinfo=UTC)
    execution = ExecutionSummary("exited", "", 7.1, 6.9, 412, "cpu")
    return Grade("hw5", student, 1, submitted_at, marks, Decimal(late_penalty), execution)


def with_message(found: Grade, message: str) -> Grade:
    first = found.marks[0]
    changed = replace(first, finding=replace(first.finding, message=message))
    return replace(found, marks=(changed, *found.marks[1:]))
