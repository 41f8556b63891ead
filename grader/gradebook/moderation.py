"""Second marks and practice as database rows and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.gradebook.rows import text
from grader.gradebook.store import Gradebook, log


@dataclass(frozen=True)
class FirstMark:
    """A mark by a person that stands, of a student's present attempt."""

    id: int
    attempt_id: int
    student: str
    criterion: str
    points: Decimal
    author: str
    reason: str
    at: str


@dataclass(frozen=True)
class SecondMark:
    """A further mark on the same work: of a drawn one, or of an example for practice."""

    first: FirstMark
    points: Decimal
    author: str
    reason: str = ""


_FIRST = (
    "SELECT hand_mark.*, student.name AS student FROM hand_mark JOIN attempt ON attempt.id = hand_mark.attempt_id"
    " JOIN student ON student.id = attempt.student_id"
)
_STANDS = (
    " WHERE hand_mark.id = (SELECT max(id) FROM hand_mark AS later WHERE later.attempt_id = hand_mark.attempt_id"
    " AND later.criterion = hand_mark.criterion) AND attempt.number ="
    " (SELECT max(number) FROM attempt AS newer WHERE newer.student_id = attempt.student_id)"
)


def first_marks(book: Gradebook) -> list[FirstMark]:
    """The marks by a person that stand, in the order in which they were given."""
    with book.reading() as connection:
        return [_first(row) for row in connection.execute(f"{_FIRST}{_STANDS} ORDER BY hand_mark.id")]


def drawn_marks(book: Gradebook) -> dict[int, FirstMark]:
    """The first marks that were drawn, as they were then, by the drawing's number."""
    query = _FIRST.replace("hand_mark.*", "hand_mark.*, drawn.id AS drawn_id", 1)
    with book.reading() as connection:
        rows = connection.execute(f"{query} JOIN drawn ON drawn.hand_mark_id = hand_mark.id ORDER BY drawn.id")
        return {row["drawn_id"]: _first(row) for row in rows}


def insert_drawn(book: Gradebook, marks: Sequence[FirstMark], seed: int, author: str) -> None:
    """Keep which marks were drawn, and with which seed."""
    with book.transaction() as connection:
        connection.executemany(
            "INSERT INTO drawn (attempt_id, criterion, hand_mark_id, seed, author) VALUES (?, ?, ?, ?, ?)",
            [(one.attempt_id, one.criterion, one.id, str(seed), text(author)) for one in marks],
        )
        log(connection, "drawn for a second mark", f"{len(marks)} marks", {"seed": str(seed)}, author)


def second_marks(book: Gradebook) -> list[SecondMark]:
    """All second marks, in the order in which they were given."""
    drawn = drawn_marks(book)
    with book.reading() as connection:
        rows = connection.execute("SELECT * FROM second_mark ORDER BY id").fetchall()
    return [
        SecondMark(drawn[row["drawn_id"]], Decimal(row["points"]), row["author"], row["reason"])
        for row in rows
        if row["drawn_id"] in drawn
    ]


def insert_seconds(book: Gradebook, marks: Sequence[tuple[int, Decimal, str]], author: str) -> None:
    """Keep second marks, all or none: (the drawing's number, points, reason) each. A second one on the same is refused
    by the file.
    """
    with book.transaction() as connection:
        for drawn_id, points, reason in marks:
            connection.execute(
                "INSERT INTO second_mark (drawn_id, points, reason, author) VALUES (?, ?, ?, ?)",
                (drawn_id, f"{points:f}", text(reason), text(author)),
            )
            subject = connection.execute(
                "SELECT student.name FROM drawn JOIN attempt ON attempt.id = drawn.attempt_id"
                " JOIN student ON student.id = attempt.student_id WHERE drawn.id = ?",
                (drawn_id,),
            ).fetchone()["name"]
            log(connection, "marked a second time", subject, {"points": f"{points:f}"}, author)


def example_marks(book: Gradebook) -> dict[int, FirstMark]:
    """The marks that are examples, by the example's number."""
    query = _FIRST.replace("hand_mark.*", "hand_mark.*, example.id AS example_id", 1)
    with book.reading() as connection:
        rows = connection.execute(f"{query} JOIN example ON example.hand_mark_id = hand_mark.id ORDER BY example.id")
        return {row["example_id"]: _first(row) for row in rows}


def insert_example(book: Gradebook, mark: FirstMark, author: str) -> None:
    """Make a mark an example; once is enough."""
    with book.transaction() as connection:
        added = connection.execute(
            "INSERT INTO example (hand_mark_id, author) VALUES (?, ?) ON CONFLICT DO NOTHING", (mark.id, text(author))
        )
        if added.rowcount:
            log(connection, "made an example", mark.student, {"criterion": mark.criterion}, author)


def practice_marks(book: Gradebook) -> list[SecondMark]:
    """All marks given for practice, in their order."""
    known = example_marks(book)
    with book.reading() as connection:
        rows = connection.execute("SELECT * FROM practice_mark ORDER BY id").fetchall()
    return [SecondMark(known[row["example_id"]], Decimal(row["points"]), row["author"]) for row in rows]


def insert_practice(book: Gradebook, example_id: int, points: Decimal, author: str) -> None:
    """Keep a mark given for practice."""
    with book.transaction() as connection:
        values = (example_id, f"{points:f}", text(author))
        connection.execute("INSERT INTO practice_mark (example_id, points, author) VALUES (?, ?, ?)", values)


def _first(row: sqlite3.Row) -> FirstMark:
    try:
        points = Decimal(row["points"])
    except ArithmeticError as error:
        raise sqlite3.DatabaseError(f"a row that cannot be read ({error})") from error
    return FirstMark(
        row["id"],
        row["attempt_id"],
        row["student"],
        row["criterion"],
        points,
        row["author"],
        row["reason"],
        row["at"],
    )
