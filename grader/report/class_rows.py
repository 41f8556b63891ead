"""The rows and numbers of the class report, from grades."""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.finding import Outcome
from grader.grading import Grade, Mark
from grader.report import text, wording

MESSAGES, CASES = 12, 40
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Column:
    """One criterion and every mark given for it."""

    letter: str
    title: str
    possible: Decimal
    marks: tuple[Mark, ...]

    @property
    def given(self) -> list[Decimal]:
        """Points of the marks made so far."""
        return [mark.points for mark in self.marks if mark.points is not None]

    @property
    def outcomes(self) -> Counter[Outcome]:
        """How often each outcome occurs."""
        return Counter(mark.finding.outcome for mark in self.marks)


def totals(grades: Sequence[Grade]) -> list[Decimal]:
    """Points of the students whose every criterion is marked."""
    return [points for grade in grades if (points := grade.points) is not None]


def columns_of(grades: Sequence[Grade]) -> list[Column]:
    """The criteria in the rubric's order, each with its marks."""
    marks: dict[str, list[Mark]] = defaultdict(list)
    for grade in grades:
        for mark in grade.marks:
            marks[mark.criterion].append(mark)
    return [
        Column(_letter(i), text.line(of[0].title, 160) or criterion, of[0].points_possible, tuple(of))
        for i, (criterion, of) in enumerate(marks.items())
    ]


def _letter(index: int) -> str:
    return LETTERS[index % 26] * (index // 26 + 1)


def key_figures(grades: Sequence[Grade], graded: Sequence[Decimal]) -> list[tuple[str, str, str]]:
    """(value, name, note) of the numbers at the top."""
    full = sum(all(mark.finding.outcome is Outcome.PASSED for mark in grade.marks) for grade in grades)
    late = sum(grade.late_penalty > 0 for grade in grades)
    possible = wording.points(max((grade.points_possible for grade in grades), default=Decimal(0)))
    quartiles = statistics.quantiles(graded, n=4, method="inclusive") if len(graded) > 1 else None
    spread = "–" if quartiles is None else f"{_short(quartiles[0])}–{_short(quartiles[2])}"
    return [
        (str(len(grades)), "students", f"{len(graded)} graded"),
        (_short(statistics.median(graded)) if graded else "–", "median", f"of {possible} points"),
        (_short(statistics.mean(graded)) if graded else "–", "mean", f"of {possible} points"),
        (spread, "middle half", "first to third quartile"),
        (str(full), "passed all", wording.percent(full, len(grades))),
        (str(len(grades) - len(graded)), "ungraded", "need a person"),
        (str(late), "late", "with a penalty"),
    ]


def _short(value: Decimal | float) -> str:
    return wording.points(Decimal(value).quantize(Decimal("0.01")))


def points_alt(graded: Sequence[Decimal]) -> str:
    """The distribution of points in words."""
    if not graded:
        return ""
    ends = f"lowest {_short(min(graded))}, highest {_short(max(graded))}"
    median = _short(statistics.median(graded))
    return f"Dot plot of the points of {wording.counted(len(graded), 'student')}: median {median}, {ends}."


def outcomes_alt(columns: Sequence[Column]) -> str:
    """The outcomes by criterion in words."""
    rows = [
        f"{column.title}: " + ", ".join(f"{column.outcomes[outcome]} {outcome}" for outcome in Outcome)
        for column in columns
    ]
    return "Stacked bars of students by outcome. " + "; ".join(rows) + "."


def column_row(column: Column) -> dict[str, str]:
    """A criterion's row of numbers."""
    given, passed = column.given, column.outcomes[Outcome.PASSED]
    total = sum(given, Decimal(0))
    return {
        "letter": column.letter,
        "title": column.title,
        "possible": wording.points(column.possible),
        "mean": _short(statistics.mean(given)) if given else "–",
        "difficulty": f"{float(total) / float(column.possible * len(given)):.2f}" if given else "–",
        "passed": f"{passed} of {len(column.marks)}",
        "share": wording.percent(passed, len(column.marks)),
        "bar_mm": f"{22 * wording.share(passed, len(column.marks)):.2f}",
        "ungraded": str(column.outcomes[Outcome.UNGRADED]),
    }


def messages_of(columns: Sequence[Column]) -> list[dict[str, object]]:
    """The commonest messages of failed and partly passed criteria; numbers in them are not told apart."""
    found: dict[tuple[str, str], list[Mark]] = defaultdict(list)
    for column in columns:
        for mark in column.marks:
            if mark.finding.outcome in (Outcome.FAILED, Outcome.PARTIAL):
                found[column.letter, re.sub(r"\d+(?:[.,]\d+)*", "#", mark.finding.message[:500])].append(mark)
    ranked = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        {
            "letter": letter,
            "message": text.line(marks[0].finding.message, 300),
            "count": len(marks),
            "lost": wording.points(sum(map(wording.to_gain, marks), Decimal(0))),
        }
        for (letter, _), marks in ranked[:MESSAGES]
    ]


def cases_of(grades: Sequence[Grade]) -> tuple[list[tuple[str, str, str]], int]:
    """(student, criterion, reason) of what is ungraded, and how many rows more; manual ones share a row."""
    waiting: dict[tuple[str, str, bool], list[Grade]] = defaultdict(list)
    for grade in grades:
        for mark in grade.marks:
            if mark.points is None:
                waiting[text.line(mark.title, 120), text.lines(mark.finding.message, 300), mark.manual].append(grade)
    rows = []
    for (title, message, manual), of in sorted(waiting.items(), key=lambda item: item[0]):
        if manual and len(of) > 1:
            rows.append((f"{len(of)} students", title, message))
        else:
            rows.extend((text.name(grade.student), title, message) for grade in of)
    return rows[:CASES], max(0, len(rows) - CASES)


def roster(grades: Sequence[Grade], columns: Sequence[Column]) -> dict[str, object]:
    """The letters of the criteria, and all students by points."""
    ranked = sorted(grades, key=lambda grade: (-grade.points_so_far, grade.student, grade.attempt))
    return {
        "letters": [column.letter for column in columns],
        "rows": [_student(grade, columns) for grade in ranked],
    }


def _student(grade: Grade, columns: Sequence[Column]) -> dict[str, object]:
    of = {mark.criterion: mark for mark in grade.marks}
    notes = [f"late −{wording.points(grade.late_penalty)}"] if grade.late_penalty else []
    notes += [f"{wording.waiting(grade)} open"] if grade.points is None else []
    return {
        "name": text.name(grade.student),
        "points": wording.points(grade.points_so_far) + ("" if grade.points is not None else " ?"),
        "cells": [_cell(of.get(column.marks[0].criterion)) for column in columns],
        "notes": ", ".join(notes),
    }


def _cell(mark: Mark | None) -> tuple[str, str]:
    """CSS class and text: darker for more points lost."""
    if mark is None:
        return "open", "–"
    if mark.points is None:
        return "open", "?"
    share = wording.share(mark.points, mark.points_possible)
    return f"q{min(4, int(share * 4 + 1e-9))}", f"{100 * share:.0f}"
