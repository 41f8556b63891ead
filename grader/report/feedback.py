"""One student's feedback: the grade, the evidence for it, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from grader.finding import Finding, Outcome
from grader.grading import Grade, Mark
from grader.report import text, wording
from grader.report.blocks import Block
from grader.report.exhibits import assets, block
from grader.report.facts import file_rows, run_rows, total_rows
from grader.report.model import FeedbackReport
from grader.report.numbering import Numbering
from grader.report.pdf import html_to_pdf
from grader.report.template import render

SCORE_MM, SHARE_MM = 46, 22  # lengths of the bars in report.css
DETAILS = 30
TITLE_RUN = 20  # characters of the largest type that fit on a line beside the score


@dataclass(frozen=True)
class Section:
    """A criterion that has more to show than its message."""

    label: str
    number: int
    title: str
    tag: wording.Tag
    points: str
    message: str
    hint: str | None
    details: tuple[str, ...]
    blocks: tuple[Block, ...]
    evidence: Markup


@dataclass(frozen=True)
class Row:
    """A criterion's row in the first table."""

    title: str
    tag: wording.Tag
    bar_mm: str
    share: str
    points: str
    evidence: Markup


@dataclass(frozen=True)
class Card:
    """Something to do, and what it may earn."""

    title: str
    gain: str
    message: str
    hint: str | None
    evidence: Markup


def feedback_pdf(report: FeedbackReport) -> bytes:
    """The report as PDF/A-3a and PDF/UA-1; the same bytes for the same report.

    Raises ReportError for exhibits that clash or cannot be drawn, and if anything in the PDF is not right.
    """
    html, figures = feedback_html(report)
    attachment = None if report.attachment is None else ("grade.json", report.attachment)
    return html_to_pdf(html, figures, report.grade.submitted_at, attachment)


def feedback_html(report: FeedbackReport) -> tuple[str, dict[str, bytes]]:
    """The page before WeasyPrint: HTML, and its figures as SVG by name."""
    numbering = Numbering()
    numbering.define("tab-criteria", "Table")
    numbering.define("sec-next", "Section")
    sections = {mark.criterion: _section(mark, numbering) for mark in report.grade.marks if _shows_more(mark.finding)}
    numbering.define("sec-run", "Section")
    for label in ("tab-run", "tab-environment", "tab-files"):
        numbering.define(label, "Table")
    console, left_out = text.console(report.console_tail)
    if console:
        numbering.define("lst-console", "Listing")
    html = render(
        "feedback.html.j2",
        num=numbering,
        head=_head(report),
        rows=[_row(mark, sections.get(mark.criterion), numbering) for mark in report.grade.marks],
        total=total_rows(report.grade),
        good=[_good(mark) for mark in report.grade.marks if mark.finding.outcome is Outcome.PASSED],
        cards=[_card(mark, sections.get(mark.criterion), numbering) for mark in _to_repair(report.grade)],
        waiting=[_good(mark) for mark in report.grade.marks if mark.points is None],
        sections=list(sections.values()),
        run=run_rows(report.grade.execution),
        environment=[(text.line(label), text.line(value)) for label, value in report.environment],
        files=file_rows(report),
        console=console,
        left_out=left_out,
        attached=report.attachment is not None,
    )
    numbering.check()
    return html, assets([one for section in sections.values() for one in section.blocks])


def _shows_more(finding: Finding) -> bool:
    return bool(finding.details or finding.exhibits)


def _to_repair(grade: Grade) -> list[Mark]:
    open_marks = [mark for mark in grade.marks if wording.to_gain(mark) > 0]
    return sorted(open_marks, key=lambda mark: -wording.to_gain(mark))


def _head(report: FeedbackReport) -> dict[str, object]:
    grade = report.grade
    student, title = text.name(grade.student), text.line(report.assignment_title, 160, TITLE_RUN)
    earned, possible = grade.points_so_far, grade.points_possible
    repair = _to_repair(grade)
    return {
        "course": text.line(report.course, 120),
        "foot": text.label(report.course, 60),
        "assignment": text.line(report.assignment_id, 80),
        "title": title,
        "student": student,
        "running": text.label(f"{report.assignment_id} · {report.assignment_title}", 70),
        "running_student": f"{text.label(grade.student, 32)} · {_score(grade)}",
        "earned": wording.points(earned),
        "possible": wording.points(possible),
        "waiting": wording.waiting(grade),
        "bar_mm": f"{SCORE_MM * wording.share(earned, possible):.2f}",
        "median": None if report.batch_median is None else wording.points(report.batch_median),
        "submitted": wording.moment(grade.submitted_at),
        "date": wording.w3c_date(grade.submitted_at),
        "attempt": grade.attempt,
        "entry": text.line(report.submission.entry or "none was found", 60, 40),
        "digest": text.line(report.submission.sha256[:16], 16),
        "summary": wording.summary(grade, _title(repair[0]) if repair else None),
    }


def _section(mark: Mark, numbering: Numbering) -> Section:
    finding = mark.finding
    label = f"sec-{mark.criterion}"
    number = numbering.define(label, "Section")
    blocks = tuple(block(exhibit, mark.criterion, numbering) for exhibit in finding.exhibits)
    details = [text.lines(detail, 500) for detail in finding.details[:DETAILS]]
    if len(finding.details) > DETAILS:
        details.append(f"… and {len(finding.details) - DETAILS} more")
    return Section(
        label,
        number,
        _title(mark, TITLE_RUN * 2),
        wording.TAGS[finding.outcome],
        _points(mark),
        text.lines(finding.message),
        None if finding.hint is None else text.lines(finding.hint),
        tuple(details),
        blocks,
        numbering.refs(tuple(one.label for one in blocks)),
    )


def _score(grade: Grade) -> str:
    return f"{wording.points(grade.points_so_far)} of {wording.points(grade.points_possible)}"


def _title(mark: Mark, run: int = text.RUN) -> str:
    return text.line(mark.title, 160, run) or text.line(mark.criterion, 80)


def _points(mark: Mark) -> str:
    earned = "–" if mark.points is None else wording.points(mark.points)
    return f"{earned} / {wording.points(mark.points_possible)}"


def _row(mark: Mark, section: Section | None, numbering: Numbering) -> Row:
    earned = Decimal(0) if mark.points is None else mark.points
    return Row(
        _title(mark, TITLE_RUN * 2),
        wording.TAGS[mark.finding.outcome],
        f"{SHARE_MM * wording.share(earned, mark.points_possible):.2f}",
        "open" if mark.points is None else wording.percent(earned, mark.points_possible),
        _points(mark),
        _evidence(mark, section, numbering),
    )


def _evidence(mark: Mark, section: Section | None, numbering: Numbering) -> Markup:
    if section is not None:
        labels = [one.label for one in section.blocks] or [section.label]
        return Markup(", ").join(numbering.ref(label) for label in labels)
    return Markup("–") if mark.finding.outcome is Outcome.PASSED else numbering.ref("sec-next")


def _good(mark: Mark) -> tuple[str, str]:
    return _title(mark), text.lines(mark.finding.message, 300)


def _card(mark: Mark, section: Section | None, numbering: Numbering) -> Card:
    labels = [] if section is None else [one.label for one in section.blocks][:2] or [section.label]
    return Card(
        _title(mark),
        wording.points(wording.to_gain(mark)),
        text.lines(mark.finding.message, 600),
        None if mark.finding.hint is None else text.lines(mark.finding.hint, 600),
        Markup(" and ").join(numbering.ref(label, page=True) for label in labels),
    )
