"""The report on a whole class: what was learnt, what to teach again, and what waits for a person."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from grader.exhibit import Exhibit
from grader.grading import Grade
from grader.report import wording
from grader.report.cohort import class_items as items
from grader.report.cohort import class_rows as rows
from grader.report.cohort.class_figures import distribution_svg, heat_svg, outcomes_svg
from grader.report.cohort.class_items import MarksColumn
from grader.report.exhibits import assets, block
from grader.report.model import ClassReport
from grader.report.page import text
from grader.report.page.blocks import Block
from grader.report.page.numbering import Kind, Numbering
from grader.report.page.pdf import html_to_pdf, on_paper
from grader.report.page.template import render
from grader.words import counted

TITLE_RUN = 20
PRINTED = 2000  # students in the table on paper: laying out a row takes 9 ms

# What is numbered, in the order of the pages.
_PARTS: tuple[tuple[str, Kind, str], ...] = (
    ("fig-points", "Figure", "Points"),
    ("sec-criteria", "Section", "By criterion"),
    ("fig-outcomes", "Figure", "Outcomes by criterion"),
    ("fig-heat", "Figure", "Points by student and criterion"),
    ("tab-criteria", "Table", "Item analysis"),
    ("sec-messages", "Section", "What to teach again"),
    ("tab-messages", "Table", "Most frequent reasons"),
    ("sec-cases", "Section", "Cases for a person"),
    ("tab-cases", "Table", "What is not graded yet"),
    ("sec-late", "Section", "Late work"),
    ("tab-late", "Table", "Late submissions"),
    ("sec-runs", "Section", "How the code ran"),
    ("fig-runs", "Figure", "CPU time"),
    ("tab-runs", "Table", "How the code ended"),
    ("sec-students", "Section", "All students"),
    ("tab-students", "Table", "All students by points"),
    ("sec-measured", "Section", "Measured for this assignment"),
)


def class_pdf(report: ClassReport) -> bytes:
    """The report as PDF/A-3a and PDF/UA-1; the same bytes for the same report.

    Raises ReportError if anything in the PDF is not right.
    """
    return pdf_of(report, *class_html(report))


def pdf_of(report: ClassReport, html: str, figures: dict[str, bytes]) -> bytes:
    """The PDF of a page that `class_html` made."""
    return html_to_pdf(on_paper(html), figures, _latest(report))


def class_html(report: ClassReport) -> tuple[str, dict[str, bytes]]:
    """The page before WeasyPrint: HTML, and its figures as SVG by name."""
    columns, graded = items.columns_of(report.grades), rows.judged_totals(report.grades)
    cases, more_cases = rows.cases_of(report.grades)
    late, more_late = rows.late_rows(report.grades, report.due)
    messages, other = items.reasons_of(report.grades, columns)
    figures = _figures(columns, graded, report.grades)
    present = {
        "criteria": columns,
        "messages": messages,
        "cases": cases,
        "late": late,
        "runs": report.grades,
        "measured": report.measured,
    }
    numbering, blocks = _numbering(figures, {name for name, part in present.items() if part}, report.measured)
    roster = rows.roster(report.grades, columns, dict(report.pages))
    html = render(
        "class.html.j2",
        num=numbering,
        head=_head(report),
        key=rows.key_figures(report.grades, graded, report.due),
        alt=_alts(columns, graded, report.grades),
        figures=figures,
        left_out=len(report.grades) - len(graded),
        so_far=rows.so_far(report.grades),
        columns=items.item_rows(columns, report.grades),
        alpha=items.alpha_sentence(report.grades),
        messages=messages,
        other=other,
        cases=cases,
        more_cases=more_cases,
        late=late,
        more_late=more_late,
        runs=rows.run_rows(report.grades),
        measured=blocks,
        printed=PRINTED,
        roster=roster,
        widths=rows.roster_widths(roster[:PRINTED]),
    )
    numbering.check()
    return html, figures | assets(blocks)


def _numbering(
    figures: Mapping[str, bytes], present: set[str], measured: Sequence[Exhibit]
) -> tuple[Numbering, list[Block]]:
    """Numbers in the order of the pages, and what was measured as blocks with theirs."""
    numbering, blocks = Numbering(), list[Block]()
    for label, kind, title in _PARTS:
        name = label.split("-", 1)[1]
        if label in figures or (kind != "Figure" and name in {*present, "students"}):
            numbering.define(label, kind, title)
        if label == "sec-measured":
            blocks = [block(exhibit, "measured", numbering) for exhibit in measured]
    return numbering, blocks


def _figures(columns: Sequence[MarksColumn], graded: Sequence[Decimal], grades: Sequence[Grade]) -> dict[str, bytes]:
    figures = {}
    if graded:
        possible = float(max(rows.judged_possible(grades), *graded, Decimal(1)))
        figures["fig-points"] = distribution_svg(
            [*map(float, graded)], possible, float(statistics.median(graded)), rows.so_far(grades) or "points"
        )
    if columns:
        by_loss = sorted(columns, key=lambda column: -column.lost)
        figures["fig-outcomes"] = outcomes_svg([(f"{one.letter}  {one.title}", one.outcomes) for one in by_loss])
        figures["fig-heat"] = heat_svg([(f"{one.letter}  {one.title}", _shares(one, grades)) for one in columns])
    seconds = _seconds(grades)
    if seconds and max(seconds) > 0:
        figures["fig-runs"] = distribution_svg(
            seconds, max(seconds) * 1.02, statistics.median(seconds), "CPU time of the student’s code (s)"
        )
    return figures


def _shares(column: MarksColumn, grades: Sequence[Grade]) -> list[float | None]:
    of = {id(grade): rows.share_of(mark) for mark, grade in zip(column.marks, column.grades, strict=True)}
    return [of.get(id(grade)) for grade in reversed(rows.ranked(grades))]


def _seconds(grades: Sequence[Grade]) -> list[float]:
    return [grade.execution.cpu_s for grade in grades]


def _alts(columns: Sequence[MarksColumn], graded: Sequence[Decimal], grades: Sequence[Grade]) -> dict[str, str]:
    shares = [f"{column.title}: {items.difficulty(column)}" for column in columns]
    return {
        "fig-points": rows.points_alt(graded),
        "fig-outcomes": items.outcomes_alt(columns),
        "fig-heat": "Heat map of the share of points by criterion and student, students by points. Mean share of "
        "the points by criterion: " + "; ".join(shares) + ".",
        "fig-runs": rows.runs_alt(_seconds(grades)) if grades else "",
    }


def _latest(report: ClassReport) -> datetime:
    told = [grade.submitted_at for grade in report.grades if grade.submitted_at is not None]
    return max(told, default=wording.UNDATED)


def _head(report: ClassReport) -> dict[str, str]:
    students = counted(len(report.grades), "student")
    return {
        "course": text.line(report.course, 120),
        "foot": text.label(report.course, 60),
        "privacy": "without names" if report.anonymous else "confidential: names of students",
        "assignment": text.line(report.assignment_id, 80),
        "title": text.line(report.assignment_title, 160, TITLE_RUN),
        "running": text.label(f"{report.assignment_id} · {report.assignment_title}", 70),
        "students": students,
        "unprotected": wording.unprotected(report.grades) or "",
        "due": "" if report.due is None else f"due {wording.moment(report.due)}",
        "date": wording.w3c_date(_latest(report)),
        "digest": text.line(report.generated_from[:16], 16),
    }
