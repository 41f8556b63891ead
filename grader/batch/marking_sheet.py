"""The sheet for marking in a spreadsheet: written from the gradebook, read back with the changes."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence

from grader.assignment import Assignment
from grader.batch.marking import Given, MarkingError, find_student
from grader.batch.sheets import rows_of
from grader.exhibit import Quote
from grader.gradebook.csv import safe_cell
from grader.gradebook.results import Results
from grader.gradebook.rows import BatchRecord, StoredGrade
from grader.grading import Grade, Mark
from grader.people.resolve import UnknownStudentError
from grader.spreadsheets import sheet

COLUMNS = ("student", "criterion", "title", "points_possible", "points", "reason", "found", "guide", "state")
FROM_RESULTS = ("text", "report")
NEEDED = ("student", "criterion", "points", "reason", "state")
MOST_TEXT = 8_000
PAGES = ("marking.html", "feedback.html")


def write_sheet(
    batch: BatchRecord,
    stored: Sequence[StoredGrade],
    assignment: Assignment,
    results: Results | None = None,
    *,
    everything: bool = False,
) -> str:
    """One row for each mark that a person gives, or for each criterion of each student; criterion by criterion.

    With `results`, each row has the student's own text that the criterion is about, and a link to the page that helps
    to mark it. `state` tells later whether the row is still about the same work and the same mark.
    """
    order = {criterion.id: (at, criterion.guide) for at, criterion in enumerate(assignment.rubric)}
    rows = [
        (order.get(mark.criterion, (len(order), ""))[0], one, mark)
        for one in stored
        for mark in _with_exhibits(one, results).marks
        if everything or for_a_person(mark)
    ]
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow((*COLUMNS, *(FROM_RESULTS if results else ())))
    for _, one, mark in sorted(rows, key=lambda row: row[0]):
        guide = order.get(mark.criterion, (0, ""))[1]
        more = (own_text(mark), _page(one, results)) if results else ()
        writer.writerow([safe_cell(cell) for cell in (*_row(batch, one, mark, guide), *more)])
    return table.getvalue()


def _with_exhibits(stored: StoredGrade, results: Results | None) -> Grade:
    return stored.grade if results is None else results.student(stored.folder).with_exhibits(stored.grade)


def _page(stored: StoredGrade, results: Results) -> str:
    """The address of the page that helps to mark; empty if there is none."""
    folder = results.student(stored.folder).path.resolve()
    found = [folder / name for name in PAGES if (folder / name).is_file()]
    return found[0].as_uri() if found else ""


def own_text(mark: Mark) -> str:
    """What the student's document says about a criterion, word for word, as far as a cell holds it."""
    quotes = [exhibit for exhibit in mark.finding.exhibits if isinstance(exhibit, Quote)]
    passages = [
        f"{passage.text} (page {passage.page})" if passage.page else passage.text
        for quote in quotes
        for passage in quote.passages
    ]
    text = " • ".join(passages)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]} …"


def for_a_person(mark: Mark) -> bool:
    """Whether a person gives these points, or has to because the grader could not."""
    return mark.manual or mark.points is None or mark.by_hand is not None


def _row(batch: BatchRecord, stored: StoredGrade, mark: Mark, guide: str) -> tuple[str, ...]:
    return (
        stored.grade.student,
        mark.criterion,
        mark.title,
        f"{mark.points_possible:f}",
        "" if mark.points is None else f"{mark.points:f}",
        mark.by_hand.reason if mark.by_hand else "",
        "" if mark.by_hand else mark.finding.message,
        guide,
        state(batch, stored, mark),
    )


def state(batch: BatchRecord, stored: StoredGrade, mark: Mark) -> str:
    """The same as long as the batch, the student's work and the last mark by a person are the same."""
    last = mark.by_hand
    given = (last.author, last.at, str(last.points), last.reason) if last else ()
    parts = (
        batch.assignment,
        str(batch.seed),
        batch.created_at,
        stored.folder,
        stored.submission_sha256,
        mark.criterion,
    )
    return hashlib.sha256(repr((*parts, *given)).encode()).hexdigest()[:12]


def read_sheet(text: str, batch: BatchRecord, present: Mapping[str, StoredGrade]) -> list[Given]:
    """The rows whose points or reason were changed. Raises MarkingError with every line that cannot be right."""
    given: list[Given] = []
    problems: list[str] = []
    for line, row in _rows(text):
        where = f"line {line}: "
        try:
            changed = _changed(row, batch, present, where)
        except MarkingError as error:
            problems.append(f"{where}{error}")
            continue
        given += [changed] if changed else []
    if problems:
        raise MarkingError(
            "\n".join([*problems, "hint: nothing was imported; export the sheet again to see the present marks"])
        )
    return given


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    table = sheet(text.encode("utf-8", "surrogatepass"), "the sheet")
    return rows_of(table, NEEDED, hint="begin with `grader marks export DIR > sheet.csv`")


def _changed(
    row: Mapping[str, str], batch: BatchRecord, present: Mapping[str, StoredGrade], where: str
) -> Given | None:
    """The row as a mark, None if it says what stands already or nothing. Raises MarkingError."""
    student, criterion = row["student"].strip(), row["criterion"].strip()
    stored = _student(present, student)
    mark = next((one for one in stored.grade.marks if one.criterion == criterion), None) if stored else None
    points, reason = row["points"].strip(), " ".join(row["reason"].split())
    if stored is None or mark is None:
        return Given(student, criterion, points, reason, where)  # refused with the names there are
    before = "" if mark.points is None else f"{mark.points:f}"
    told = mark.by_hand.reason if mark.by_hand else ""
    if _same_number(points, before) and reason == told:
        return None
    if row["state"].strip() != state(batch, stored, mark):
        raise MarkingError(
            f"{student}, {criterion}: expected a row of this batch as it is now, found one of an older "
            "state (another batch, other work, or marked by somebody meanwhile)"
        )
    if not points:
        found = "a reason without points" if reason else "an empty cell where points were given"
        raise MarkingError(f"{student}, {criterion}: expected points, found {found}")
    return Given(student, criterion, points, reason, where)


def _student(present: Mapping[str, StoredGrade], name: str) -> StoredGrade | None:
    try:
        return find_student(present, name, beginnings=False)
    except UnknownStudentError:
        return None


def _same_number(given: str, before: str) -> bool:
    try:
        return given == before or float(given.replace(",", ".")) == float(before)
    except ValueError:
        return False
