"""Marks by a person: checked, added to the gradebook for good, and the files made from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from grader.assignment import Assignment
from grader.batch.opening import opened
from grader.batch.progress import Progress
from grader.batch.result import BatchResult, outcome
from grader.batch.run import Batch
from grader.collect import saved_evidence
from grader.errors import UserError
from grader.evidence import Evidence
from grader.gradebook.grade_json import iso_utc
from grader.gradebook.results import forget
from grader.gradebook.rows import BatchRecord, StoredGrade
from grader.grading import Grade, HandMark, Mark, grade_evidence
from grader.people.identity import Identity
from grader.people.resolve import UnknownStudentError, meant

MOST_REASON, MOST_AUTHOR = 2000, 100  # characters


class MarkingError(UserError):
    """A mark that cannot be given. The message is for the TA."""


@dataclass(frozen=True)
class Given:
    """A mark as a person gives it, unchecked.

    `where` is its place in a sheet, and begins the message if it is refused; there, a student is named in full.
    """

    student: str
    criterion: str
    points: str
    reason: str
    where: str = ""


Ask = Callable[[BatchRecord, Mapping[str, StoredGrade]], Sequence[Given]]


def mark_batch(  # noqa: PLR0913 - all but the first are named or callbacks
    out: Path,
    load: Callable[[str], Assignment],
    progress: Progress,
    ask: Ask,
    *,
    author: str,
    pdf: bool = True,
    jobs: int = 2,
    now: datetime | None = None,
) -> BatchResult:
    """Add marks to a results folder: all that `ask` makes of the present grades, or none if one is refused.

    Raises MarkingError with every problem, BatchError, ResultsError or GradebookError.
    """
    with opened(out, load, progress, jobs=jobs, pdf=pdf) as batch:
        book = batch.gradebook
        present = {stored.folder: stored for stored in book.current()}
        marks = checked(ask(book.batch(), present), present, _author(author), iso_utc(now or datetime.now(UTC)))
        _record(batch, present, marks)
        return outcome(batch.finish(), batch, kept=len(present) - len(marks))


def _author(name: str) -> str:
    clean = " ".join(name.split())
    if not clean or len(clean) > MOST_AUTHOR:
        raise MarkingError(
            f'--as: expected a name of 1 to {MOST_AUTHOR} characters, found {len(clean)}\nhint: --as "Ada Lovelace"'
        )
    return clean


def checked(
    given: Sequence[Given], present: Mapping[str, StoredGrade], author: str, at: str
) -> dict[str, list[HandMark]]:
    """The marks by the students' folders. Raises MarkingError with all problems at once."""
    marks: dict[str, list[HandMark]] = {}
    problems: list[str] = []
    for one in given:
        try:
            folder, mark = _checked(one, present, author, at)
        except MarkingError as error:
            problems.append(f"{one.where}{error}")
            continue
        if any(other.criterion == mark.criterion for other in marks.get(folder, [])):
            problems.append(f"{one.where}{one.student}, {one.criterion}: expected one mark, found a second one")
        marks.setdefault(folder, []).append(mark)
    if problems:
        raise MarkingError("\n".join([*problems, "hint: nothing was recorded; mend these and try again"]))
    return marks


def _checked(one: Given, present: Mapping[str, StoredGrade], author: str, at: str) -> tuple[str, HandMark]:
    try:
        stored = find_student(present, one.student, beginnings=not one.where)
    except UnknownStudentError as error:
        raise MarkingError(nobody(error, one.student, len(present))) from None
    rubric = {mark.criterion: mark for mark in stored.grade.marks}
    if one.criterion not in rubric:
        raise MarkingError(f"criterion: expected one of {', '.join(rubric)}; found {one.criterion!r}")
    mark = rubric[one.criterion]
    points, reason = parse_points(one.points, mark), " ".join(one.reason.split())
    if not reason or len(reason) > MOST_REASON:
        raise MarkingError(
            f"reason: expected 1 to {MOST_REASON} characters, found {len(reason)}: students read it beside their points"
        )
    before = mark.by_hand.author if mark.by_hand else "the grader"
    return stored.folder, HandMark(one.criterion, points, author, reason, at, mark.points, before)


def find_student(present: Mapping[str, StoredGrade], name: str, *, beginnings: bool = True) -> StoredGrade:
    """By name, id, login or folder, or by a beginning of one of these. Raises UnknownStudentError."""
    people = {folder: Identity(stored.grade.student, stored.origin) for folder, stored in present.items()}
    return present[meant(name, people, beginnings=beginnings)]


def nobody(error: UnknownStudentError, name: str, students: int) -> str:
    """That a name means none of so many students, or several, in one line."""
    if error.several:
        return f"student {name!r}: expected one, found several: {', '.join(error.near)}"
    close = f" (did you mean {' or '.join(error.near)}?)" if error.near else ""
    return f"student: expected one of the {students} graded, found {name!r}{close}"


def parse_points(text: str, mark: Mark) -> Decimal:
    """Points to 0.01 between 0 and what is possible. Raises MarkingError."""
    wanted = f"{mark.criterion}: expected 0 to {mark.points_possible:f} points to 0.01, found {text.strip()[:40]!r}"
    if not re.fullmatch(r"\s*\d{1,6}(?:[.,]\d{1,6})?\s*", text, re.ASCII):
        raise MarkingError(wanted)
    try:
        points = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise MarkingError(wanted) from None
    if points > mark.points_possible or points != round(points, 2):
        raise MarkingError(wanted)
    return points


def _record(batch: Batch, present: Mapping[str, StoredGrade], marks: Mapping[str, Sequence[HandMark]]) -> None:
    """All of them in one transaction; then each student's files."""
    evidence = {folder: evidence_of(batch, folder) for folder in marks}
    changed = [
        (graded_with(batch, present[folder], evidence[folder], given), present[folder], given)
        for folder, given in marks.items()
    ]
    batch.progress.begin(len(changed), kept=0)
    forget(batch.results.class_report)
    for stored in batch.gradebook.record_marked(changed):
        batch.progress.started(stored.grade.student)
        batch.outputs.write_grade(stored, evidence[stored.folder])
        batch.progress.finished(stored.grade.student, stored.grade)


def evidence_of(batch: Batch, folder: str) -> Evidence:
    """What a student's grade rests on. Raises MarkingError."""
    try:
        return saved_evidence.load(batch.results.student(folder).evidence)
    except (OSError, ValueError) as error:
        raise MarkingError(
            f"{folder}: its evidence cannot be read: {error}\nhint: nothing was recorded; `grader grade` makes it again"
        ) from error


def graded_with(batch: Batch, stored: StoredGrade, evidence: Evidence, given: Sequence[HandMark]) -> Grade:
    """The grade with the new marks; its late penalty depends on all the points."""
    record = evidence.submission
    every = {**batch.gradebook.hand_marks(record.student, record.sha256), **{mark.criterion: mark for mark in given}}
    shown = batch.results.student(stored.folder).with_exhibits(stored.grade)
    findings = {mark.criterion: mark.finding for mark in shown.marks}
    if any(criterion.id not in findings for criterion in batch.assignment.rubric):
        findings = batch.assess(evidence, batch.results.student(stored.folder).evidence_sha256()).findings
    return grade_evidence(batch.assignment, evidence, findings, batch.calendar.terms(record.student), every)
