"""One student's feedback: the grade, what to do next, and the evidence for both."""

from __future__ import annotations

from dataclasses import replace

from grader.finding import Outcome
from grader.grading import Grade
from grader.report import wording
from grader.report.exhibits import assets
from grader.report.model import FeedbackReport
from grader.report.page import text
from grader.report.page.numbering import Numbering
from grader.report.page.pdf import html_to_pdf, on_paper
from grader.report.page.template import render
from grader.report.student import facts
from grader.report.student import feedback_rows as parts
from grader.report.student.fixes import DrawnExhibits, fixes, good_figures, more
from grader.report.student.remarks import comment_blocks
from grader.report.student.request_answers import asked

CONSOLE, CONSOLE_OF_A_FAILURE = 6, 20  # lines of the console's end: more says little more


def feedback_pdf(report: FeedbackReport) -> bytes:
    """The report as PDF/A-3a and PDF/UA-1; the same bytes for the same report.

    Raises ReportError for exhibits that clash or cannot be drawn, and if anything in the PDF is not right.
    """
    return pdf_of(report, *feedback_html(report))


def pdf_of(report: FeedbackReport, html: str, figures: dict[str, bytes]) -> bytes:
    """The PDF of a page that `feedback_html` made."""
    attachment = None if report.attachment is None else ("grade.json", report.attachment)
    return html_to_pdf(on_paper(html), figures, report.grade.submitted_at or wording.UNDATED, attachment)


def feedback_html(report: FeedbackReport) -> tuple[str, dict[str, bytes]]:
    """The page before WeasyPrint: HTML, and its figures as SVG by name.

    What helps a person to grade a criterion, such as our own answer beside the student's, is not in it.
    """
    return _page(replace(report, grade=_for_student(report.grade)))


def marking_html(report: FeedbackReport) -> tuple[str, dict[str, bytes]]:
    """The same page for the person who grades, with what helps to do so."""
    return _page(report)


def _for_student(grade: Grade) -> Grade:
    bare = [
        replace(mark, finding=replace(mark.finding, details=(), exhibits=())) if mark.manual else mark
        for mark in grade.marks
    ]
    return replace(grade, marks=tuple(bare))


def _page(report: FeedbackReport) -> tuple[str, dict[str, bytes]]:
    grade, numbering = report.grade, Numbering()
    numbering.define("tab-criteria", "Table", "Points by criterion")
    numbering.define("sec-next", "Section", "What to fix")
    shown = DrawnExhibits(numbering)
    to_fix = fixes(grade, shown, report.usual_cpu_s)
    good = [mark for mark in grade.marks if mark.finding.outcome is Outcome.PASSED]
    if good:
        numbering.define("sec-good", "Section", "What is good already")
    good_blocks = good_figures(grade, shown)
    hands = parts.by_hand(grade)
    if hands:
        numbering.define("sec-hand", "Section", "Marked by hand")
        numbering.define("tab-hand", "Table", "Marks that a person gave")
    titles = {mark.criterion: mark.title for mark in grade.marks}
    if report.requests:
        numbering.define("sec-requests", "Section", "What you asked")
    if report.comments:
        numbering.define("sec-comments", "Section", "Comments on your work")
    remarked = comment_blocks(report.comments, titles, numbering)
    on_paper = {criterion: list(labels) for criterion, labels in shown.labels.items()}
    console, left_out = _run_section(report, numbering)
    runs, more_runs = facts.run_rows(report)
    if good_blocks:  # after all text, so that no figure leaves a hole in it
        numbering.define("sec-figures", "Section", "Figures of what is good")
    numbering.end_of_paper()
    html = render(
        "feedback.html.j2",
        num=numbering,
        head=facts.head(report),
        rows=parts.rows(grade, on_paper, numbering),
        total=facts.total_rows(grade),
        good=[parts.in_one_line(mark) for mark in good],
        good_blocks=good_blocks,
        fixes=to_fix,
        waiting=[parts.said(mark) for mark in grade.marks if mark.points is None],
        hands=hands,
        requests=[asked(one, titles) for one in report.requests],
        remarked=remarked,
        more=more(grade, shown),
        runs=runs,
        more_runs=more_runs,
        facts=facts.pairs((*report.environment, *report.provenance)) or [("Environment", "not recorded")],
        files=facts.file_rows(report),
        console=console,
        left_out=left_out,
        attached=report.attachment is not None,
    )
    numbering.check()
    return html, assets([*shown.blocks, *remarked])


def _run_section(report: FeedbackReport, numbering: Numbering) -> tuple[str, int]:
    """Number what the section on the run shows; the console's end, and how many lines before it are left out."""
    numbering.define("sec-run", "Section", "How it was graded")
    numbering.define("tab-run", "Table", "What ran, measured outside")
    numbering.define("tab-files", "Table", "The files as handed in")
    ran = report.grade.execution.status == "exited"
    console, left_out = text.console(report.console_tail, CONSOLE if ran else CONSOLE_OF_A_FAILURE)
    if console:
        numbering.define("lst-console", "Listing", "The console’s output")
    return console, left_out
