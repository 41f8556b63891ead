"""The report on a whole class: what was learnt, what to teach again, and what waits for a person."""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from grader.finding import Outcome
from grader.grading import Grade, Mark
from grader.report import text, wording
from grader.report.class_figures import distribution_svg, outcomes_svg
from grader.report.model import ClassReport
from grader.report.numbering import Numbering
from grader.report.pdf import html_to_pdf
from grader.report.template import render

TITLE_RUN = 20
MESSAGES, CASES = 12, 40
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
UNDATED = datetime(2000, 1, 1, tzinfo=UTC)  # for an empty batch: a report never reads the clock
ROSTER_MM = 84.0  # what is left for criteria beside names and points


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


def class_pdf(report: ClassReport) -> bytes:
    """The report as PDF/A-3a and PDF/UA-1; the same bytes for the same report.

    Raises ReportError if anything in the PDF is not right.
    """
    html, figures = class_html(report)
    return html_to_pdf(html, figures, _latest(report))


def class_html(report: ClassReport) -> tuple[str, dict[str, bytes]]:
    """The page before WeasyPrint: HTML, and its figures as SVG by name."""
    columns, graded = _columns(report.grades), _totals(report.grades)
    cases, more_cases = _cases(report.grades)
    messages = _messages(columns)
    figures = _figures(columns, graded, report.grades)
    numbering = _numbering(figures, bool(columns), bool(messages), bool(cases))
    html = render(
        "class.html.j2",
        num=numbering,
        head=_head(report),
        key=_key_figures(report.grades, graded),
        alt={"fig-points": _points_alt(graded), "fig-outcomes": _outcomes_alt(columns)},
        figures=figures,
        left_out=len(report.grades) - len(graded),
        columns=[_column_row(column) for column in columns],
        messages=messages,
        cases=cases,
        more_cases=more_cases,
        roster=_roster(report.grades, columns),
        width=f"{min(9.0, ROSTER_MM / max(1, len(columns))):.2f}",
    )
    numbering.check()
    return html, figures


def _numbering(figures: dict[str, bytes], columns: bool, messages: bool, cases: bool) -> Numbering:
    numbering = Numbering()
    wanted = {"tab-criteria": columns, "tab-messages": messages, "tab-cases": cases, "tab-students": True}
    for label in figures:
        numbering.define(label, "Figure")
    for label, present in wanted.items():
        if present:
            numbering.define(label, "Table")
    sections = {"sec-criteria": columns, "sec-messages": messages, "sec-cases": cases, "sec-students": True}
    for label, present in sections.items():
        if present:
            numbering.define(label, "Section")
    return numbering


def _figures(
    columns: Sequence[Column], graded: Sequence[Decimal], grades: Sequence[Grade]
) -> dict[str, bytes]:
    figures = {}
    if graded:
        possible = max(grade.points_possible for grade in grades)
        figures["fig-points"] = distribution_svg(
            [*map(float, graded)], float(possible), float(statistics.median(graded))
        )
    if columns:
        rows = [(f"{column.letter}  {column.title}", column.outcomes) for column in columns]
        figures["fig-outcomes"] = outcomes_svg(rows)
    return figures


def _latest(report: ClassReport) -> datetime:
    return max((grade.submitted_at for grade in report.grades), default=UNDATED)


def _totals(grades: Sequence[Grade]) -> list[Decimal]:
    return [points for grade in grades if (points := grade.points) is not None]


def _columns(grades: Sequence[Grade]) -> list[Column]:
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


def _head(report: ClassReport) -> dict[str, str]:
    students = wording.counted(len(report.grades), "student")
    return {
        "course": text.line(report.course, 120),
        "foot": text.label(report.course, 60),
        "assignment": text.line(report.assignment_id, 80),
        "title": text.line(report.assignment_title, 160, TITLE_RUN),
        "running": text.label(f"{report.assignment_id} · {report.assignment_title}", 70),
        "students": students,
        "date": wording.w3c_date(_latest(report)),
        "digest": text.line(report.generated_from[:16], 16),
    }


def _key_figures(grades: Sequence[Grade], graded: Sequence[Decimal]) -> list[tuple[str, str, str]]:
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


def _points_alt(graded: Sequence[Decimal]) -> str:
    if not graded:
        return ""
    ends = f"lowest {_short(min(graded))}, highest {_short(max(graded))}"
    return f"Dot plot of the points of {wording.counted(len(graded), 'student')}: median {_short(statistics.median(graded))}, {ends}."


def _outcomes_alt(columns: Sequence[Column]) -> str:
    rows = [
        f"{column.title}: " + ", ".join(f"{column.outcomes[outcome]} {outcome}" for outcome in Outcome)
        for column in columns
    ]
    return "Stacked bars of students by outcome. " + "; ".join(rows) + "."


def _column_row(column: Column) -> dict[str, str]:
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


def _messages(columns: Sequence[Column]) -> list[dict[str, object]]:
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


def _cases(grades: Sequence[Grade]) -> tuple[list[tuple[str, str, str]], int]:
    """(student or how many, criterion, reason): one row a case, or one for all who wait for the same person."""
    waiting: dict[tuple[str, str, bool], list[Grade]] = defaultdict(list)
    for grade in grades:
        for mark in grade.marks:
            if mark.points is None:
                waiting[
                    text.line(mark.title, 120), text.lines(mark.finding.message, 300), mark.manual
                ].append(grade)
    rows = []
    for (title, message, manual), of in sorted(waiting.items(), key=lambda item: item[0]):
        if manual and len(of) > 1:
            rows.append((f"{len(of)} students", title, message))
        else:
            rows.extend((text.name(grade.student), title, message) for grade in of)
    return rows[:CASES], max(0, len(rows) - CASES)


def _roster(grades: Sequence[Grade], columns: Sequence[Column]) -> dict[str, object]:
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
