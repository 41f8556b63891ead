"""Grades with lost points, made up: one mark or several for each student."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

from grader.exhibit import Passage, Quote
from grader.finding import Finding
from grader.gradebook.rows import StoredGrade
from grader.grading import ExecutionSummary, Grade, HandMark, Mark
from grader.submission import SubmittedFile

RUN = ExecutionSummary("exited", "", 1.0, 1.0, 100, "cpu")


def failed(message: str, *details: str, hint: str | None = None) -> Finding:
    return Finding.failed(message, hint, details=details)


def partial(message: str, *details: str) -> Finding:
    return Finding.partial(Fraction(1, 2), message, details=details)


def answered(*passages: str) -> Finding:
    """A criterion that a person grades, with what the report says about it."""
    quote = Quote("answer", "The answer", "", "report.pdf", tuple(Passage(text, 1) for text in passages))
    return Finding.ungraded("a person grades this", exhibits=(quote,) if passages else ())


def mark(criterion: str, finding: Finding, *, manual: bool = False) -> Mark:
    open_ = finding.outcome == "ungraded"
    points = None if open_ else Decimal(4) * finding.credit.numerator / finding.credit.denominator
    return Mark(criterion, criterion.replace("_", " "), finding, points, Decimal(4), manual)


def student(name: str, *, manual: bool = False, **findings: Finding) -> StoredGrade:
    marks = tuple(mark(criterion, finding, manual=manual) for criterion, finding in findings.items())
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    return StoredGrade(Grade("hw", name, 1, moment, marks, Decimal(0), RUN), 1, name, name, name)


def by_hand(stored: StoredGrade) -> StoredGrade:
    """The same with each mark given by a person."""
    given = [
        replace(one, by_hand=HandMark(one.criterion, Decimal(2), "M. Lee", "fine", "2026-11-03T09:30:00Z"))
        for one in stored.grade.marks
    ]
    return replace(stored, grade=replace(stored.grade, marks=tuple(given)))


def script(text: str) -> tuple[SubmittedFile, ...]:
    return (SubmittedFile("hw.py", text.encode()),)
