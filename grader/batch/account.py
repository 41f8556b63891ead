"""One student's grade in words: why each point was lost, with the code, most points first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.batch.class_table import SIGN
from grader.batch.progress import points_of
from grader.batch.source_code import Excerpt, excerpts
from grader.exhibit import Exhibit, Listing, Quote, Table
from grader.finding import Outcome
from grader.grading import Grade, Mark
from grader.submission import SubmittedFile
from grader.words import plain, printable, shortened

LINE_CHARS, DETAILS, ROWS, PASSAGES = 600, 10, 5, 3
INDENT = "    "


def account(grade: Grade, files: Sequence[SubmittedFile] = (), graded: str | None = None) -> list[str]:
    """The lines. `files` are the student's, if they are at hand; `graded` is the path of the one that was graded."""
    lines = [f"{printable(grade.student)}: {points_of(grade)}", *_late(grade)]
    lost = [mark for mark in grade.marks if mark.points is None or mark.points < mark.points_possible]
    for mark in sorted(lost, key=lambda one: (one.manual, -(one.points_possible - (one.points or 0)))):
        lines += ["", *_lost(mark, files, graded)]
    kept = [mark for mark in grade.marks if mark not in lost]
    return [*lines, *([""] if kept and lost else []), *(_head(mark, _message(mark)) for mark in kept)]


def _late(grade: Grade) -> Iterator[str]:
    if grade.late_penalty or grade.late_reason:
        yield f"late: −{plain(grade.late_penalty)}  {shortened(grade.late_reason, LINE_CHARS)}".rstrip()


def _head(mark: Mark, more: str) -> str:
    earned = "–" if mark.points is None else plain(mark.points)
    sign = SIGN[mark.finding.outcome]
    return f"{sign} {mark.criterion}  {earned} of {plain(mark.points_possible)}  {more}"


def _message(mark: Mark) -> str:
    return shortened(mark.finding.message, LINE_CHARS)


def _lost(mark: Mark, files: Sequence[SubmittedFile], graded: str | None) -> Iterator[str]:
    finding = mark.finding
    yield _head(mark, mark.title)
    yield f"{INDENT}{_message(mark)}"
    details = finding.untold
    for detail in details[:DETAILS]:
        yield f"{INDENT}- {shortened(detail, LINE_CHARS)}"
    if len(details) > DETAILS:
        yield f"{INDENT}- and {len(details) - DETAILS} more"
    if finding.hint:
        yield f"{INDENT}hint: {shortened(finding.hint, LINE_CHARS)}"
    for exhibit in finding.exhibits:
        yield from _exhibit(exhibit)
    if finding.outcome is not Outcome.UNGRADED and not any(isinstance(one, Listing) for one in finding.exhibits):
        for excerpt in excerpts(mark, files, graded):
            yield from _code(excerpt)


def _exhibit(exhibit: Exhibit) -> Iterator[str]:
    """What fits a terminal: marked rows of tables, code, what the report says. Figures are in the PDF."""
    if isinstance(exhibit, Table):
        yield from _rows(exhibit)
    elif isinstance(exhibit, Listing):
        marked = exhibit.remarks[0].line if exhibit.remarks else None
        yield from _code(Excerpt(exhibit.file, exhibit.first, tuple(exhibit.code.splitlines()), marked))
    elif isinstance(exhibit, Quote):
        for passage in exhibit.passages[:PASSAGES]:
            page = f", page {passage.page}" if passage.page else ""
            yield f"{INDENT}“{shortened(passage.text, LINE_CHARS)}” ({printable(exhibit.source)}{page})"


def _rows(table: Table) -> Iterator[str]:
    rows = sorted({*table.marked_rows, *(row for row, _ in table.marked_cells)})
    for row in [row for row in rows if row < len(table.rows)][:ROWS]:
        cells = zip(table.columns, table.rows[row], strict=False)
        told = ", ".join(f"{head}: {cell}" if head else cell for head, cell in cells if cell and cell != "–")
        yield f"{INDENT}{printable(table.title)}: {shortened(told, LINE_CHARS)}"


def _code(excerpt: Excerpt) -> Iterator[str]:
    yield f"{INDENT}{printable(excerpt.where)}:"
    width = len(str(excerpt.first + len(excerpt.lines)))
    for number, line in enumerate(excerpt.lines, start=excerpt.first):
        mark = ">" if number == excerpt.marked else " "
        yield f"{INDENT}{mark} {number:>{width}} │ {shortened(line.expandtabs(4), LINE_CHARS)}".rstrip()
