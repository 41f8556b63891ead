"""The report on a whole class: what was learnt, what to teach again, and what waits for a person."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from grader.grading import Grade
from grader.report import class_rows as rows
from grader.report import text, wording
from grader.report.class_figures import distribution_svg, outcomes_svg
from grader.report.class_rows import Column
from grader.report.model import ClassReport
from grader.report.numbering import Numbering
from grader.report.pdf import html_to_pdf
from grader.report.template import render

TITLE_RUN = 20
UNDATED = datetime(2000, 1, 1, tzinfo=UTC)  # for an empty batch: a report never reads the clock
ROSTER_MM = 84.0  # what is left for criteria beside names and points


def class_pdf(report: ClassReport) -> bytes:
    """The report as PDF/A-3a and PDF/UA-1; the same bytes for the same report.

    Raises ReportError if anything in the PDF is not right.
    """
    html, figures = class_html(report)
    return html_to_pdf(html, figures, _latest(report))


def class_html(report: ClassReport) -> tuple[str, dict[str, bytes]]:
    """The page before WeasyPrint: HTML, and its figures as SVG by name."""
    columns, graded = rows.columns_of(report.grades), rows.totals(report.grades)
    cases, more_cases = rows.cases_of(report.grades)
    messages = rows.messages_of(columns)
    figures = _figures(columns, graded, report.grades)
    numbering = _numbering(figures, bool(columns), bool(messages), bool(cases))
    html = render(
        "class.html.j2",
        num=numbering,
        head=_head(report),
        key=rows.key_figures(report.grades, graded),
        alt={"fig-points": rows.points_alt(graded), "fig-outcomes": rows.outcomes_alt(columns)},
        figures=figures,
        left_out=len(report.grades) - len(graded),
        columns=[rows.column_row(column) for column in columns],
        messages=messages,
        cases=cases,
        more_cases=more_cases,
        roster=rows.roster(report.grades, columns),
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


def _figures(columns: Sequence[Column], graded: Sequence[Decimal], grades: Sequence[Grade]) -> dict[str, bytes]:
    figures = {}
    if graded:
        possible = max(grade.points_possible for grade in grades)
        figures["fig-points"] = distribution_svg(
            [*map(float, graded)], float(possible), float(statistics.median(graded))
        )
    if columns:
        bars = [(f"{column.letter}  {column.title}", column.outcomes) for column in columns]
        figures["fig-outcomes"] = outcomes_svg(bars)
    return figures


def _latest(report: ClassReport) -> datetime:
    return max((grade.submitted_at for grade in report.grades), default=UNDATED)


def _head(report: ClassReport) -> dict[str, str]:
    students = wording.counted(len(report.grades), "student")
    return {
        "course": text.line(report.course, 120),
        "foot": text.label(report.course, 60),
        "assignment": text.line(report.assignment_id, 80),
        "title": text.line(report.assignment_title, 160, TITLE_RUN),
        "running": text.label(f"{report.assignment_id} · {report.assignment_title}", 70),
        "students": students,
        "unprotected": wording.unprotected(report.grades) or "",
        "date": wording.w3c_date(_latest(report)),
        "digest": text.line(report.generated_from[:16], 16),
    }
