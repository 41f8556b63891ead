"""Grades as database rows and back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from grader.finding import Finding, Outcome
from grader.gradebook.grade_json import iso_utc
from grader.grading import ExecutionSummary, Grade, HandMark, Mark
from grader.submission import Origin

if TYPE_CHECKING:
    from grader.gradebook.desk_records import Comment
    from grader.gradebook.request_records import Request


@dataclass(frozen=True)
class BatchRecord:
    """What a batch was started with. `seed` is secret: hidden inputs are drawn from it."""

    assignment: str
    seed: int
    settings: Mapping[str, str]
    created_at: str


@dataclass(frozen=True)
class StoredGrade:
    """A grade as the gradebook holds it: `grade.attempt` is the gradebook's count, exhibits are not kept.

    `origin` is where an LMS's download had the submission; `basis` a digest of what the grade rests on; `comments`
    are a person's words at places of the work, `requests` what the student asked to be looked at again.
    """

    grade: Grade
    revision: int
    submission_sha256: str
    evidence_sha256: str
    folder: str
    origin: Origin | None = None
    basis: str = field(default="", compare=False)
    comments: tuple[Comment, ...] = field(default=(), compare=False)
    requests: tuple[Request, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class AuditEntry:
    """Something that was done to the gradebook. `at` is UTC in ISO 8601."""

    at: str
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]


def text(value: str) -> str:
    """Text that SQLite can hold: lone surrogates become backslash escapes."""
    return value.encode("utf-8", "backslashreplace").decode()


def moment_text(moment: datetime | None) -> str:
    """A time as the gradebook holds it; empty where nobody knows it."""
    return "" if moment is None else iso_utc(moment)


def moment_of(text: str) -> datetime | None:
    """What `moment_text` wrote."""
    return datetime.fromisoformat(text) if text else None


def as_json(value: object) -> str:
    """JSON with sorted keys and no characters that UTF-8 lacks."""
    return json.dumps(value, sort_keys=True)


def kept(grade: Grade, attempt: int) -> Grade:
    """`grade` as it will be read back from the gradebook."""
    marks = tuple(replace(mark, title=text(mark.title), finding=_kept_finding(mark)) for mark in grade.marks)
    moment = moment_of(moment_text(grade.submitted_at))
    late_reason = text(grade.late_reason)
    return replace(
        grade, student=text(grade.student), attempt=attempt, submitted_at=moment, marks=marks, late_reason=late_reason
    )


def _kept_finding(mark: Mark) -> Finding:
    finding = mark.finding
    hint = None if finding.hint is None else text(finding.hint)
    details = tuple(map(text, finding.details))
    return replace(finding, message=text(finding.message), hint=hint, details=details, exhibits=())


def execution_json(execution: ExecutionSummary) -> str:
    """The execution summary as JSON."""
    return as_json(asdict(execution))


_ORIGIN: TypeAdapter[Origin | None] = TypeAdapter(Origin | None)


def origin_json(origin: Origin | None) -> str:
    """An origin as JSON."""
    return as_json(_ORIGIN.dump_python(origin))


def read_origin(text: str) -> Origin | None:
    """What `origin_json` wrote. Raises sqlite3.DatabaseError if it makes no sense."""
    with _nonsense_reported():
        return _ORIGIN.validate_python(json.loads(text))


def mark_row(revision_id: int, position: int, mark: Mark) -> dict[str, Any]:
    """The parameters that insert a mark of a revision."""
    finding = mark.finding
    return {
        "revision_id": revision_id,
        "position": position,
        "criterion": mark.criterion,
        "title": mark.title,
        "source": "check",
        "manual": int(mark.manual),
        "outcome": finding.outcome.value,
        "credit": str(finding.credit),
        "points": None if mark.points is None else f"{mark.points:f}",
        "points_possible": f"{mark.points_possible:f}",
        "message": finding.message,
        "hint": finding.hint,
        "details": as_json(finding.details),
        "extra": int(mark.extra),
    }


@contextmanager
def _nonsense_reported() -> Iterator[None]:
    """A value that somebody edited by hand is damage like any other."""
    try:
        yield
    except (ValueError, TypeError, ArithmeticError) as error:
        raise sqlite3.DatabaseError(f"a row that cannot be read ({error})") from error


def read_batch(row: sqlite3.Row) -> BatchRecord:
    """A batch from its row. Like all of these, raises sqlite3.DatabaseError if the row makes no sense."""
    with _nonsense_reported():
        return BatchRecord(row["assignment"], int(row["seed"]), json.loads(row["settings"]), row["created_at"])


def read_audit(row: sqlite3.Row) -> AuditEntry:
    """An audit entry from its row."""
    with _nonsense_reported():
        return AuditEntry(row["at"], row["actor"], row["action"], row["subject"], json.loads(row["detail"]))


def read_grade(row: sqlite3.Row, marks: Sequence[sqlite3.Row], given: Mapping[str, HandMark]) -> StoredGrade:
    """A grade from its row of `current_grade`, its marks in the rubric's order, and what a person gave."""
    with _nonsense_reported():
        grade = _read_grade(row, tuple(_read_mark(mark, given) for mark in marks))
        origin = _ORIGIN.validate_python(json.loads(row["origin"]))
    return StoredGrade(
        grade,
        row["revision"],
        row["submission_sha256"],
        row["evidence_sha256"],
        row["folder"],
        origin,
        row["basis"] or "",
    )


def _read_grade(row: sqlite3.Row, marks: tuple[Mark, ...]) -> Grade:
    return Grade(
        assignment=row["assignment"],
        student=row["student"],
        attempt=row["attempt"],
        submitted_at=moment_of(row["submitted_at"]),
        marks=marks,
        late_penalty=Decimal(row["late_penalty"]),
        execution=ExecutionSummary(**json.loads(row["execution"])),
        late_reason=row["late_reason"],
    )


def _read_mark(row: sqlite3.Row, given: Mapping[str, HandMark]) -> Mark:
    finding = Finding(
        Outcome(row["outcome"]),
        row["message"],
        row["hint"],
        Fraction(row["credit"]),
        tuple(json.loads(row["details"])),
    )
    points = None if row["points"] is None else Decimal(row["points"])
    possible, manual = Decimal(row["points_possible"]), bool(row["manual"])
    by_hand = given.get(row["criterion"])
    # A mark above what is possible now is not counted, and waits for a person again.
    counts = by_hand is not None and by_hand.points == points
    given_here = by_hand if counts else None
    return Mark(row["criterion"], row["title"], finding, points, possible, manual, given_here, bool(row["extra"]))
