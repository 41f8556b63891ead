"""What students asked to be looked at again, and the answers, as database rows and back."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class RequestAnswer:
    """What a person answered; `points` are those it gave, None where they stayed. `at` is UTC in ISO 8601."""

    words: str
    author: str
    at: str
    points: Decimal | None = None


@dataclass(frozen=True)
class Request:
    """A student's wish that a criterion be looked at again. `points` are those it had then, None if it was open.

    `answer` is the last one, None while it waits. `asked_at` is UTC in ISO 8601.
    """

    id: int
    student: str
    criterion: str
    words: str
    asked_at: str
    points: Decimal | None
    answer: RequestAnswer | None = None


_ALL = (
    "SELECT request.*, student.name AS student FROM request JOIN attempt ON attempt.id = request.attempt_id"
    " JOIN student ON student.id = attempt.student_id"
)


def requests(connection: sqlite3.Connection, attempt: int | None = None) -> tuple[Request, ...]:
    """The requests on an attempt, or all of them, in the order in which they came in."""
    where, values = ("", ()) if attempt is None else (" WHERE request.attempt_id = ?", (attempt,))
    rows = connection.execute(f"{_ALL}{where} ORDER BY request.id", values).fetchall()
    return tuple(_request(connection, row) for row in rows)


def _request(connection: sqlite3.Connection, row: sqlite3.Row) -> Request:
    found = connection.execute(
        "SELECT answer.*, hand_mark.points FROM answer LEFT JOIN hand_mark ON hand_mark.id = answer.hand_mark_id"
        " WHERE request_id = ? ORDER BY answer.id DESC LIMIT 1",
        (row["id"],),
    ).fetchone()
    answer = found and RequestAnswer(found["words"], found["author"], found["created_at"], _points(found["points"]))
    return Request(
        row["id"],
        row["student"],
        row["criterion"],
        row["words"],
        row["asked_at"],
        _points(row["points"]),
        answer,
    )


def _points(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except ArithmeticError as error:
        raise sqlite3.DatabaseError(f"a row that cannot be read ({error})") from error


def insert_request(connection: sqlite3.Connection, request: Request, author: str) -> None:
    """Add a request on the student's last attempt; its number is given by the file."""
    row = connection.execute("SELECT attempt_id FROM current_grade WHERE student = ?", (request.student,)).fetchone()
    points = None if request.points is None else f"{request.points:f}"
    values = (row["attempt_id"], request.criterion, _text(request.words), request.asked_at, points, _text(author))
    connection.execute(
        "INSERT INTO request (attempt_id, criterion, words, asked_at, points, author) VALUES (?, ?, ?, ?, ?, ?)",
        values,
    )
    _log(connection, "asked for a regrade", request.student, {"criterion": request.criterion}, author)


def insert_answer(
    connection: sqlite3.Connection, request: Request, words: str, author: str, hand_mark: int | None
) -> None:
    """Add an answer; the earlier ones stay. `hand_mark` is the number of the mark that it gave, if it gave one."""
    connection.execute(
        "INSERT INTO answer (request_id, words, author, hand_mark_id) VALUES (?, ?, ?, ?)",
        (request.id, _text(words), _text(author), hand_mark),
    )
    detail = {"criterion": request.criterion, "request": request.id, "changed": hand_mark is not None}
    _log(connection, "answered a regrade request", request.student, detail, author)


def _log(connection: sqlite3.Connection, action: str, subject: str, detail: dict[str, object], author: str) -> None:
    values = (_text(author), action, subject, json.dumps(detail, sort_keys=True))
    connection.execute("INSERT INTO audit (actor, action, subject, detail) VALUES (?, ?, ?, ?)", values)


def _text(value: str) -> str:
    return value.encode("utf-8", "backslashreplace").decode()
