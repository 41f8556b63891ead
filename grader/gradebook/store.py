"""The gradebook: grades in one SQLite file, append-only, every one whole or not there."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from grader.gradebook.connection import GradebookError, connect, disconnect, reported
from grader.gradebook.desk_records import comments
from grader.gradebook.hand_marks import hand_marks, insert_hand_mark
from grader.gradebook.request_records import requests
from grader.gradebook.rows import (
    AuditEntry,
    BatchRecord,
    StoredGrade,
    as_json,
    execution_json,
    kept,
    mark_row,
    moment_text,
    origin_json,
    read_audit,
    read_batch,
    read_grade,
    text,
)
from grader.grading import Grade, HandMark, Mark
from grader.submission import Origin

ACTOR = "grader"
_CURRENT = "SELECT * FROM current_grade"
_MARKS = "SELECT * FROM mark WHERE revision_id = ? AND source = 'check' ORDER BY position"


def _nothing_else(connection: sqlite3.Connection, numbers: Mapping[tuple[str, str], int]) -> None:
    """Only the marks are stored."""


class ChangedMeanwhile(ValueError):
    """A grade is not the current one any more."""


class Gradebook:
    """One batch's grades. A context manager; its methods may be called from any thread, one runs at a time.

    Every method raises GradebookError if the file fails (full disk, damage, another writer).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection = connect(path)

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; calling it twice does no harm."""
        with self._lock:
            disconnect(self._connection)

    def open_batch(self, assignment_id: str, seed: int, settings: Mapping[str, str]) -> BatchRecord:
        """Store a new batch, or return the stored one, whose seed and settings then hold.

        Raises GradebookError if the gradebook belongs to another assignment.
        """
        with self.transaction() as connection:
            row = connection.execute("SELECT * FROM batch").fetchone()
            if row is None:
                _insert_batch(connection, assignment_id, seed, settings)
                row = connection.execute("SELECT * FROM batch").fetchone()
            batch = read_batch(row)
        if batch.assignment != assignment_id:
            raise GradebookError(
                f"{self._path}: expected grades of {assignment_id}, found those of {batch.assignment}\n"
                "hint: give `--fresh` to start over, or another folder with `--out`"
            )
        return batch

    def batch(self) -> BatchRecord:
        """The batch that the gradebook was opened with before. Raises GradebookError if there is none."""
        with self.reading() as connection:
            row = connection.execute("SELECT * FROM batch").fetchone()
        if row is None:
            raise GradebookError(f"{self._path}: expected a batch, found none\nhint: `grader grade` begins one")
        return read_batch(row)

    def record(
        self,
        grade: Grade,
        *,
        submission_sha256: str,
        evidence_sha256: str,
        folder: str,
        origin: Origin | None = None,
        basis: str = "",
    ) -> StoredGrade:
        """Store a grade in one transaction and return it as it is stored.

        Work that differs from the student's last attempt becomes the next attempt, whatever `grade.attempt`
        says. The same work with other evidence or other marks becomes the attempt's next revision; with the
        same ones nothing changes but its `basis`. `open_batch` must have been called for the grade's assignment.
        """
        with self.transaction() as connection:
            _check_assignment(connection, grade)
            found = _current(connection, text(grade.student))
            same_work = found is not None and found.submission_sha256 == submission_sha256
            number = _next_attempt(found, same_work=same_work)
            revision = found.revision + 1 if found is not None and same_work else 1
            fresh = StoredGrade(
                kept(grade, number), revision, submission_sha256, evidence_sha256, text(folder), origin, basis
            )
            if found is not None and same_work:
                fresh = replace(fresh, comments=found.comments, requests=found.requests)
            if found is not None and same_work and _same_result(found, fresh):
                if found.basis != basis:
                    _insert_basis(connection, found.grade.student, basis)
                return replace(found, basis=basis)
            _insert_grade(connection, fresh)
        return fresh

    def record_marked(
        self,
        marked: Sequence[tuple[Grade, StoredGrade, Sequence[HandMark]]],
        also: Callable[[sqlite3.Connection, Mapping[tuple[str, str], int]], None] = _nothing_else,
    ) -> list[StoredGrade]:
        """Store marks by a person with the grades that they make, all of them or none; returns these grades.

        Each comes with the grade that it changes. `also` writes in the same transaction, and is given the marks'
        numbers by student's folder and criterion. Raises ChangedMeanwhile if a grade is not the current one any more.
        """
        stored, numbers = [], {}
        with self.transaction() as connection:
            for grade, before, given in marked:
                found = _current(connection, text(grade.student))
                if found is None or replace(found, grade=before.grade) != before:
                    raise ChangedMeanwhile(f"{grade.student}: the grade has changed meanwhile")
                for mark in given:
                    numbers[before.folder, mark.criterion] = insert_hand_mark(connection, grade.student, mark)
                    log(connection, "marked by hand", grade.student, _told(mark), mark.author)
                graded = kept(grade, before.grade.attempt)
                fresh = replace(before, grade=graded, revision=before.revision + 1)
                fresh = replace(fresh, comments=found.comments, requests=found.requests)
                _insert_grade(connection, fresh)
                stored.append(fresh)
            also(connection, numbers)
        return stored

    def hand_marks(self, student: str, submission_sha256: str) -> Mapping[str, HandMark]:
        """What a person gave for this very work, by criterion, the last word on each."""
        with self.reading() as connection:
            row = connection.execute(f"{_CURRENT} WHERE student = ?", (text(student),)).fetchone()
            if row is None or row["submission_sha256"] != submission_sha256:
                return {}
            return hand_marks(connection, row["attempt_id"])

    def current(self) -> list[StoredGrade]:
        """The last revision of the last attempt of each student, sorted by student."""
        with self.reading() as connection:
            rows = connection.execute(f"{_CURRENT} ORDER BY student").fetchall()
            return [_with_marks(connection, row) for row in rows]

    def changed_since(self, revision: int) -> tuple[list[StoredGrade], int]:
        """The current grades that came after a revision's number, and the number of the last one; 0 begins."""
        with self.reading() as connection:
            rows = connection.execute(f"{_CURRENT} WHERE revision_id > ? ORDER BY student", (revision,)).fetchall()
            return [_with_marks(connection, row) for row in rows], max((row["revision_id"] for row in rows), default=0)

    def find(self, student: str, submission_sha256: str) -> StoredGrade | None:
        """The student's current grade if it is for this very work, else None."""
        with self.reading() as connection:
            found = _current(connection, text(student))
        return found if found is not None and found.submission_sha256 == submission_sha256 else None

    def audit(self) -> list[AuditEntry]:
        """Everything that was done, oldest first."""
        with self.reading() as connection:
            return [read_audit(row) for row in connection.execute("SELECT * FROM audit ORDER BY id")]

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone. Raises GradebookError for what goes wrong with it."""
        with self._lock, reported(self._path):
            yield self._connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that is written in it, or nothing; no other program writes meanwhile. Raises GradebookError."""
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")


def _insert_batch(connection: sqlite3.Connection, assignment: str, seed: int, settings: Mapping[str, str]) -> None:
    values = (assignment, str(seed), as_json(dict(settings)))
    connection.execute("INSERT INTO batch (id, assignment, seed, settings) VALUES (1, ?, ?, ?)", values)
    log(connection, "batch opened", assignment, dict(settings))


def _check_assignment(connection: sqlite3.Connection, grade: Grade) -> None:
    row = connection.execute("SELECT assignment FROM batch").fetchone()
    if row is None or row["assignment"] != grade.assignment:
        found = "no batch" if row is None else row["assignment"]
        raise ValueError(f"open_batch comes first: expected {grade.assignment}, found {found}")


def _current(connection: sqlite3.Connection, student: str) -> StoredGrade | None:
    row = connection.execute(f"{_CURRENT} WHERE student = ?", (student,)).fetchone()
    return None if row is None else _with_marks(connection, row)


def _with_marks(connection: sqlite3.Connection, row: sqlite3.Row) -> StoredGrade:
    marks = connection.execute(_MARKS, (row["revision_id"],)).fetchall()
    found = read_grade(row, marks, hand_marks(connection, row["attempt_id"]))
    attempt = row["attempt_id"]
    return replace(found, comments=comments(connection, attempt), requests=requests(connection, attempt))


def _next_attempt(found: StoredGrade | None, *, same_work: bool) -> int:
    if found is None:
        return 1
    return found.grade.attempt if same_work else found.grade.attempt + 1


def _same_result(found: StoredGrade, fresh: StoredGrade) -> bool:
    """Whether nothing that a reader of the grade sees would change."""
    same_run = replace(fresh.grade, execution=found.grade.execution)
    return replace(fresh, grade=same_run) == replace(found, revision=fresh.revision)


def _insert_grade(connection: sqlite3.Connection, stored: StoredGrade) -> None:
    grade = stored.grade
    student_id = _student_id(connection, grade.student)
    if stored.revision == 1:
        _insert_attempt(connection, student_id, stored)
    attempt_id = connection.execute(
        "SELECT id FROM attempt WHERE student_id = ? AND number = ?", (student_id, grade.attempt)
    ).fetchone()["id"]
    revision_id = _insert_revision(connection, attempt_id, stored)
    for position, mark in enumerate(grade.marks):
        _insert_mark(connection, revision_id, position, mark)
    _insert_basis(connection, grade.student, stored.basis)
    detail = {"attempt": grade.attempt, "revision": stored.revision, "status": grade.status}
    log(connection, "graded" if stored.revision == 1 else "regraded", grade.student, detail)


def _student_id(connection: sqlite3.Connection, name: str) -> int:
    connection.execute("INSERT INTO student (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
    row = connection.execute("SELECT id FROM student WHERE name = ?", (name,)).fetchone()
    return int(row["id"])


def _insert_attempt(connection: sqlite3.Connection, student_id: int, stored: StoredGrade) -> None:
    connection.execute(
        "INSERT INTO attempt (student_id, number, submission_sha256) VALUES (?, ?, ?)",
        (student_id, stored.grade.attempt, stored.submission_sha256),
    )


def _insert_revision(connection: sqlite3.Connection, attempt_id: int, stored: StoredGrade) -> int:
    values = (
        attempt_id,
        stored.revision,
        stored.evidence_sha256,
        moment_text(stored.grade.submitted_at),
        stored.folder,
        f"{stored.grade.late_penalty:f}",
        stored.grade.late_reason,
        origin_json(stored.origin),
        execution_json(stored.grade.execution),
    )
    row = connection.execute(
        "INSERT INTO revision"
        " (attempt_id, number, evidence_sha256, submitted_at, folder, late_penalty, late_reason, origin, execution)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        values,
    ).fetchone()
    return int(row["id"])


def _insert_basis(connection: sqlite3.Connection, student: str, digest: str) -> None:
    connection.execute(
        "INSERT INTO basis (revision_id, digest) SELECT revision_id, ? FROM current_grade WHERE student = ?",
        (digest, student),
    )


def _insert_mark(connection: sqlite3.Connection, revision_id: int, position: int, mark: Mark) -> None:
    connection.execute(
        "INSERT INTO mark (revision_id, position, criterion, title, source, manual, outcome, credit, points,"
        " points_possible, message, hint, details, extra)"
        " VALUES (:revision_id, :position, :criterion, :title, :source, :manual, :outcome, :credit, :points,"
        " :points_possible, :message, :hint, :details, :extra)",
        mark_row(revision_id, position, mark),
    )


def _told(mark: HandMark) -> dict[str, object]:
    previous = None if mark.previous is None else f"{mark.previous:f}"
    return {"criterion": mark.criterion, "points": f"{mark.points:f}", "previous": previous}


def log(
    connection: sqlite3.Connection, action: str, subject: str, detail: Mapping[str, object], actor: str = ACTOR
) -> None:
    """Say in the audit what was done."""
    values = (text(actor), action, text(subject), as_json(detail))
    connection.execute("INSERT INTO audit (actor, action, subject, detail) VALUES (?, ?, ?, ?)", values)
