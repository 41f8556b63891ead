"""Marks by a person as database rows and back."""

from __future__ import annotations

import sqlite3
from decimal import Decimal

from grader.grading import HandMark


def insert_hand_mark(connection: sqlite3.Connection, student: str, mark: HandMark) -> int:
    """Add a mark to the student's last attempt; those before it stay. Returns its number."""
    row = connection.execute("SELECT attempt_id FROM current_grade WHERE student = ?", (_text(student),)).fetchone()
    added = connection.execute(
        "INSERT INTO hand_mark (attempt_id, criterion, points, author, reason, at, previous, previous_author)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            row["attempt_id"],
            mark.criterion,
            f"{mark.points:f}",
            _text(mark.author),
            _text(mark.reason),
            mark.at,
            None if mark.previous is None else f"{mark.previous:f}",
            _text(mark.previous_author),
        ),
    ).fetchone()
    return int(added["id"])


def hand_marks(connection: sqlite3.Connection, attempt_id: int) -> dict[str, HandMark]:
    """The last mark on each criterion of an attempt."""
    rows = connection.execute("SELECT * FROM hand_mark WHERE attempt_id = ? ORDER BY id", (attempt_id,))
    return {row["criterion"]: _read(row) for row in rows}


def _read(row: sqlite3.Row) -> HandMark:
    try:
        previous = None if row["previous"] is None else Decimal(row["previous"])
        return HandMark(
            row["criterion"],
            Decimal(row["points"]),
            row["author"],
            row["reason"],
            row["at"],
            previous,
            row["previous_author"],
        )
    except ArithmeticError as error:
        raise sqlite3.DatabaseError(f"a row that cannot be read ({error})") from error


def _text(value: str) -> str:
    return value.encode("utf-8", "backslashreplace").decode()
