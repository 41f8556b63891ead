"""A request is answered with a reason, with other points or with the same; the student's report shows it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from grader.assignment import Assignment
from grader.batch.marking import Given, checked, evidence_of, graded_with
from grader.batch.opening import opened
from grader.batch.progress import Progress
from grader.batch.result import BatchResult, outcome
from grader.batch.run import Batch
from grader.gradebook.grade_json import iso_utc
from grader.gradebook.request_records import Request, insert_answer, requests
from grader.gradebook.results import forget
from grader.gradebook.store import Gradebook
from grader.requests.bringing_in import RequestsError

MOST_WORDS = 2000


def request_numbered(book: Gradebook, number: int) -> Request:
    """The request with a number, on a student's present attempt. Raises RequestsError."""
    with book.reading() as connection:
        every = requests(connection)
    found = next((one for one in every if one.id == number), None)
    if found is None:
        told = ", ".join(str(one.id) for one in every) or "there are none yet"
        raise RequestsError(
            f"request: expected the number of one that came in ({told}), found {number}\n"
            "hint: `grader requests list DIR` shows them"
        )
    if all(found.id != one.id for stored in book.current() for one in stored.requests):
        raise RequestsError(
            f"request {number}: expected one on the work that is graded now, found one on an earlier attempt of "
            f"{found.student}\nhint: the newer attempt has marks of its own"
        )
    return found


def answer_request(  # noqa: PLR0913 - all but three are named
    out: Path,
    load: Callable[[str], Assignment],
    progress: Progress,
    *,
    number: int,
    words: str,
    author: str,
    points: str | None = None,
    pdf: bool = True,
    now: datetime | None = None,
) -> BatchResult:
    """Answer a request: with `points` a mark by a person is recorded with it, in one transaction, else nothing changes.

    The student's files are written again. Raises RequestsError, MarkingError, or what opening a folder raises.
    """
    said, name = " ".join(words.split()), " ".join(author.split())
    if not said or len(said) > MOST_WORDS:
        raise RequestsError(f"answer: expected 1 to {MOST_WORDS} characters, found {len(said)}: the student reads it")
    if not name:
        raise RequestsError('--as: expected a name, found none\nhint: --as "Ada Lovelace"')
    with opened(out, load, progress, pdf=pdf) as batch:
        request = request_numbered(batch.gradebook, number)
        at = iso_utc(now or datetime.now(UTC))
        folder = _answer(batch, request, said, name, points, at)
        stored = next(one for one in batch.gradebook.current() if one.folder == folder)
        batch.outputs.write_grade(stored, evidence_of(batch, folder))
        return outcome(batch.finish(), batch, kept=0)


def _answer(batch: Batch, request: Request, words: str, author: str, points: str | None, at: str) -> str:
    """Write the answer and, if there is one, its mark; the student's folder."""
    book = batch.gradebook
    present = {stored.folder: stored for stored in book.current()}
    folder = next(place for place, stored in present.items() if stored.grade.student == request.student)
    if points is None:
        with book.transaction() as connection:
            insert_answer(connection, request, words, author, None)
        return folder
    given = [Given(request.student, request.criterion, points, words, f"request {request.id}: ")]
    [marks] = checked(given, present, author, at).values()
    grade = graded_with(batch, present[folder], evidence_of(batch, folder), marks)

    def also(connection: sqlite3.Connection, numbers: Mapping[tuple[str, str], int]) -> None:
        insert_answer(connection, request, words, author, numbers[folder, request.criterion])

    forget(batch.results.class_report)
    book.record_marked([(grade, present[folder], marks)], also)
    return folder
