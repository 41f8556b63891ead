"""Requests from files: one CSV or TOML for the class, or a folder of students' forms."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from grader.batch.marking import MarkingError, find_student, nobody
from grader.batch.sheets import read_rows
from grader.deadlines.times import MomentError, read_moment
from grader.gradebook.grade_json import iso_utc
from grader.gradebook.request_records import Request, insert_request, requests
from grader.gradebook.rows import StoredGrade
from grader.gradebook.store import Gradebook
from grader.people.resolve import UnknownStudentError

NEEDED, OPTIONAL = ("student", "criterion", "request"), ("asked",)
MOST_WORDS, MOST_BYTES = 4000, 1 << 20


class RequestsError(MarkingError):
    """Requests that cannot be brought in or answered. The message is for the TA."""


@dataclass(frozen=True)
class Policy:
    """At most `most` requests of a student for an assignment, each within `days` days after the grades were `released`.

    Without `released` the days are not looked at; None for `days` is no limit.
    """

    most: int = 3
    days: int | None = 7
    released: datetime | None = None

    def refuses(self, before: int, asked_at: datetime) -> str:
        """Why the policy does not allow a request of somebody who has made so many before; empty if it does."""
        if before >= self.most:
            return f"expected at most {self.most} of one student, found another one"
        if self.released is None or self.days is None:
            return ""
        last = self.released + timedelta(days=self.days)
        if asked_at > last:
            return (
                f"expected it until {last:%Y-%m-%d %H:%M %Z}, found {asked_at.astimezone(last.tzinfo):%Y-%m-%d %H:%M}"
            )
        return ""


@dataclass(frozen=True)
class RequestsRead:
    """A request as it stands in a file, unchecked. `where` is its place there, and begins what is said of it."""

    student: str
    criterion: str
    words: str
    asked: object = ""
    where: str = ""


@dataclass(frozen=True)
class Refused:
    """A request that the policy does not allow, and why."""

    student: str
    criterion: str
    why: str


def read_asked(path: Path) -> list[RequestsRead]:
    """The requests in a CSV or TOML file, or in all of these in a folder. Raises RequestsError, MarkingError."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in (".csv", ".toml"))
        if not files:
            raise RequestsError(f"{path}: expected files .csv or .toml in that folder, found none")
        return [one for file in files for one in read_asked(file)]
    return list(_toml(path) if path.suffix.lower() == ".toml" else _csv(path))


def _csv(path: Path) -> Iterator[RequestsRead]:
    for line, row in read_rows(path, NEEDED, OPTIONAL):
        where = f"{path.name}, line {line}: "
        yield RequestsRead(
            row["student"].strip(), row["criterion"].strip(), row["request"], row["asked"].strip(), where
        )


def _toml(path: Path) -> Iterator[RequestsRead]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RequestsError(f"{path}: expected at most {MOST_BYTES >> 20} MiB")
        tables = tomllib.loads(path.read_text("utf-8-sig")).get("request")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RequestsError(f"{path}: expected TOML, found: {error}") from None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise RequestsError(f"{path}: expected a table [[request]] for each request, found none")
    for number, table in enumerate(tables, start=1):
        where = f"{path.name}, request {number}: "
        if missing := [name for name in NEEDED if not isinstance(table.get(name), str)]:
            raise RequestsError(f"{where}expected texts for {', '.join(NEEDED)}; not found: {', '.join(missing)}")
        yield RequestsRead(table["student"], table["criterion"], table["request"], table.get("asked", ""), where)


def bring_in(
    book: Gradebook,
    asked: Sequence[RequestsRead],
    *,
    policy: Policy,
    author: str,
    zone: tzinfo = UTC,
    now: datetime | None = None,
) -> tuple[list[Request], list[Refused]]:
    """Keep the requests that the policy allows, and return them with those that it does not, oldest first.

    What is there already is left out. Raises RequestsError with every line that names nobody, no criterion or no
    words: then nothing is kept.
    """
    present = {one.folder: one for one in book.current()}
    checked = _checked(asked, present, zone, now or datetime.now(UTC))
    with book.reading() as connection:
        known = requests(connection)
    there = {(one.student, one.criterion, one.words) for one in known}
    before = Counter(one.student for one in known)
    kept: list[Request] = []
    refused: list[Refused] = []
    for at, request in sorted(checked, key=lambda pair: pair[0]):
        key = (request.student, request.criterion, request.words)
        if key in there:
            continue
        if why := policy.refuses(before[request.student], at):
            refused.append(Refused(request.student, request.criterion, why))
            continue
        there.add(key)
        before[request.student] += 1
        kept.append(request)
    with book.transaction() as connection:
        for request in kept:
            insert_request(connection, request, author)
    return kept, refused


def _checked(
    asked: Sequence[RequestsRead], present: Mapping[str, StoredGrade], zone: tzinfo, now: datetime
) -> list[tuple[datetime, Request]]:
    found, problems = [], []
    for one in asked:
        try:
            found.append(_one(one, present, zone, now))
        except (MarkingError, MomentError) as error:
            problems.append(f"{one.where}{error}")
    if problems:
        raise RequestsError("\n".join([*problems, "hint: nothing was brought in; mend these and try again"]))
    return found


def _one(
    one: RequestsRead, present: Mapping[str, StoredGrade], zone: tzinfo, now: datetime
) -> tuple[datetime, Request]:
    try:
        stored = find_student(present, one.student, beginnings=False)
    except UnknownStudentError as error:
        raise RequestsError(nobody(error, one.student, len(present))) from None
    marks = {mark.criterion: mark for mark in stored.grade.marks}
    if one.criterion not in marks:
        raise RequestsError(f"criterion: expected one of {', '.join(marks)}; found {one.criterion!r}")
    words = " ".join(one.words.split())
    if not words or len(words) > MOST_WORDS:
        raise RequestsError(f"request: expected 1 to {MOST_WORDS} characters, found {len(words)}")
    at = (read_moment(one.asked, zone) if one.asked else None) or now
    points = marks[one.criterion].points
    return at, Request(0, stored.grade.student, one.criterion, words, iso_utc(at), points)
