"""A TA's decisions → marks in the gradebook: each once, and only on what the page showed."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from grader.assignment import Assignment
from grader.batch.marking import MOST_AUTHOR, MOST_REASON, MarkingError, parse_points
from grader.batch.marking_sheet import state
from grader.collect import saved_evidence
from grader.deadlines.calendar import calendar_of
from grader.deadlines.extensions import Calendar
from grader.desk.points import chosen_of, points_of, reason_of
from grader.desk.roll import Roll, RollEntry
from grader.errors import UserError
from grader.evidence import SubmissionRecord
from grader.files import write_atomically
from grader.gradebook.desk_records import MadeOf, RubricItem, insert_made_of, knows_click, take_click
from grader.gradebook.grade_json import grade_json, iso_utc
from grader.gradebook.results import Results, forget
from grader.gradebook.rows import StoredGrade
from grader.gradebook.store import ChangedMeanwhile
from grader.grading import Grade, HandMark, Mark, late_charge
from grader.grading import grade as graded
from grader.people.identity import Identity

TRIES, WAIT_S = 20, 5.0
MOST_KEY = 100  # characters
Clock = Callable[[], datetime]


class CannotRecord(UserError):
    """A decision that cannot become a mark. The message is for the TA, whose page keeps what was entered."""


@dataclass(frozen=True)
class Decision:
    """What a TA decided on one criterion of one student. `base` is what the page showed; without `points`, the items
    decide.
    """

    code: str
    criterion: str
    base: str
    items: tuple[int, ...] = ()
    remark: str = ""
    points: str = ""


@dataclass
class Stale(Exception):
    """What the pages showed is not what stands now: nothing was recorded."""

    decisions: tuple[Decision, ...]


class ClickTaken(Exception):
    """The same click came a second time, and was counted meanwhile."""


Numbers = Mapping[tuple[str, str], int]  # of marks, by student's folder and criterion
Also = Callable[[sqlite3.Connection, Numbers], None]


def nothing_else(connection: sqlite3.Connection, numbers: Numbers) -> None:
    """Only marks are written."""


def base_of(roll: Roll, entry: RollEntry, mark: Mark) -> str:
    """What a page shows of a mark, as one word: another one as soon as the work, the finding or the mark is."""
    shown = (state(roll.batch, entry.stored, mark), mark.finding.message, mark.points, mark.points_possible)
    return hashlib.sha256(repr(shown).encode("utf-8", "backslashreplace")).hexdigest()[:16]


@dataclass
class MarkRecorder:
    """Writes to one folder of results. Other programs may write there too, one at a time."""

    assignment: Assignment
    results: Results
    roll: Roll
    clock: Clock = field(default=lambda: datetime.now(UTC))

    def record(
        self,
        decisions: Sequence[Decision],
        author: str,
        key: str,
        also: Also = nothing_else,
        instead: Mapping[int, RubricItem] = MappingProxyType({}),
    ) -> tuple[StoredGrade, ...]:
        """Record all of them or none, once for each `key`; the grades that they changed, none the second time.

        `also` writes in the same transaction; items are those of `instead` where it has them.

        Raises Stale, CannotRecord, MarkingError, ResultsError or
        GradebookError.
        """
        checked_key(key)
        for _ in range(TRIES):
            with self.results.locked(WAIT_S):
                if self._is_known(key):
                    return ()
                try:
                    return self._record(decisions, author, key, also, instead)
                except ClickTaken:
                    return ()
                except ChangedMeanwhile:
                    continue  # another program was quicker: what stands now is read again
        raise CannotRecord("the marks changed again and again\nhint: try again; what you entered is still here")

    def _is_known(self, key: str) -> bool:
        with self.roll.book.reading() as connection:
            return knows_click(connection, key)

    def _record(
        self, decisions: Sequence[Decision], author: str, key: str, also: Also, instead: Mapping[int, RubricItem]
    ) -> tuple[StoredGrade, ...]:
        entries, items = self.roll.now(), {**self.roll.items(), **instead}
        stale = [one for one in decisions if not self._is_current(entries, one)]
        if stale:
            raise Stale(tuple(stale))
        at = iso_utc(self.clock())
        by_student: dict[str, list[tuple[HandMark, MadeOf]]] = {}
        for one in decisions:
            by_student.setdefault(one.code, []).append(_mark(entries[one.code], one, items, author, at))
        people = [Identity(one.stored.grade.student, one.stored.origin) for one in entries.values()]
        calendar = calendar_of(self.assignment, self.results, people, None)
        changed = [
            (self._graded(entries[code], given, calendar), entries[code].stored, given)
            for code, found in by_student.items()
            if (given := [mark for mark, _ in found])
        ]
        made = {
            (entries[code].folder, mark.criterion): made_of
            for code, found in by_student.items()
            for mark, made_of in found
        }

        def keep(connection: sqlite3.Connection, numbers: Numbers) -> None:
            if not take_click(connection, key, author):
                raise ClickTaken
            for place, number in numbers.items():
                insert_made_of(connection, number, made[place])
            also(connection, numbers)

        stored = tuple(self.roll.book.record_marked(changed, keep))
        self._write(stored)
        return stored

    def _is_current(self, entries: Mapping[str, RollEntry], one: Decision) -> bool:
        entry = entries.get(one.code)
        mark = entry.mark(one.criterion) if entry else None
        return entry is not None and mark is not None and base_of(self.roll, entry, mark) == one.base

    def _graded(self, entry: RollEntry, given: Sequence[HandMark], calendar: Calendar) -> Grade:
        """The grade with the new marks; its late penalty depends on all the points."""
        before, student = entry.stored.grade, entry.stored.grade.student
        record = _record_of(self.results.student(entry.folder).evidence, entry.stored.evidence_sha256)
        findings = {mark.criterion: mark.finding for mark in before.marks}
        if missing := [one.id for one in self.assignment.rubric if one.id not in findings]:
            raise CannotRecord(
                f"criteria that are new in the rubric were never graded: {', '.join(missing)}\n"
                f"hint: `grader regrade {self.results.path}`"
            )
        marked = self.roll.book.hand_marks(student, entry.stored.submission_sha256)
        every = {**marked, **{mark.criterion: mark for mark in given}}
        return graded(
            self.assignment,
            findings,
            student=student,
            attempt=before.attempt,
            submitted_at=record.told_at,
            execution=before.execution,
            given=every,
            charge=late_charge(self.assignment, calendar.terms(student), record),
        )

    def _write(self, stored: Sequence[StoredGrade]) -> None:
        """The files that other programs read; reports are made later, and no older one is left to be believed."""
        forget(self.results.class_report)
        for one in stored:
            folder = self.results.student(one.folder)
            folder.forget_report()
            write_atomically(folder.grade, grade_json(one.grade))


@lru_cache(maxsize=4096)
def _record_of(folder: Path, _evidence_sha256: str) -> SubmissionRecord:
    try:
        return saved_evidence.load_record(folder)
    except (OSError, ValueError) as error:
        raise CannotRecord(
            f"its evidence cannot be read: {error}\nhint: nothing was recorded; `grader grade` makes it again"
        ) from error


def checked_key(key: str) -> str:
    """A click's key. Raises CannotRecord for what is none."""
    if not key.isascii() or not 8 <= len(key) <= MOST_KEY:
        raise CannotRecord("expected a page of this desk\nhint: load the page again")
    return key


def author_of(name: str) -> str:
    """A TA's name as it is recorded. Raises CannotRecord."""
    clean = " ".join(name.split())
    if not 0 < len(clean) <= MOST_AUTHOR or not clean.isprintable():
        raise CannotRecord(f"your name: expected 1 to {MOST_AUTHOR} characters, found {len(clean)}")
    return clean


def _mark(
    entry: RollEntry, one: Decision, items: Mapping[int, RubricItem], author: str, at: str
) -> tuple[HandMark, MadeOf]:
    mark = entry.mark(one.criterion)
    if mark is None:
        raise CannotRecord(f"criterion: expected one of the rubric, found {one.criterion!r}")
    if unknown := [number for number in one.items if number not in items or items[number].criterion != one.criterion]:
        raise CannotRecord(f"expected items of {one.criterion}, found others: {unknown}")
    remark, own = " ".join(one.remark.split()), bool(one.points.strip())
    made_of = MadeOf(tuple(sorted(set(one.items))), remark, own)
    chosen = chosen_of(made_of, items)
    if not own and not chosen:
        raise CannotRecord("expected points or an item, found neither\nhint: choose an item, or write the points")
    points = parse_points(one.points, mark) if own else points_of(chosen, mark.points_possible)
    reason = reason_of(chosen, remark, points, mark.points_possible)
    if not reason or len(reason) > MOST_REASON:
        raise MarkingError(
            f"reason: expected 1 to {MOST_REASON} characters, found {len(reason)}: students read it beside their points"
        )
    before = mark.by_hand.author if mark.by_hand else "the grader"
    return HandMark(one.criterion, points, author, reason, at, mark.points, before), made_of
