"""What is kept of marking on a page: rubric items, what a mark was made of, comments at a place, and clicks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Literal

from pydantic import TypeAdapter

from grader.gradebook.rows import as_json, text

PlaceKind = Literal["line", "cell", "region"]


@dataclass(frozen=True)
class RubricItem:
    """A row of a criterion's rubric that a TA made: `points` are given if above 0, taken off if below.

    `version` is the row that holds now; a `retired` item is kept by the marks that have it.
    """

    item: int
    version: int
    criterion: str
    words: str
    points: Decimal
    author: str
    retired: bool = False


@dataclass(frozen=True)
class MadeOf:
    """What a TA chose for a mark: items, a remark, and whether the points were given as a number."""

    items: tuple[int, ...] = ()
    remark: str = ""
    own_points: bool = False


@dataclass(frozen=True)
class CommentPlace:
    """Where in the work a comment stands: a line or cell of a file, or a region of a PDF's page.

    `box` is left, top, right, bottom as shares of the page. `lines` are the lines about it as they were, from `first`.
    """

    kind: PlaceKind
    path: str
    cell: int | None = None
    line: int | None = None
    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    first: int = 1
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comment:
    """A TA's words at a place of an attempt's work."""

    id: int
    criterion: str
    place: CommentPlace
    words: str
    author: str
    at: str


_PLACE = TypeAdapter(CommentPlace)


def _decimal(value: str) -> Decimal:
    try:
        return Decimal(value)
    except ArithmeticError as error:
        raise sqlite3.DatabaseError(f"a row that cannot be read ({error})") from error


def items(connection: sqlite3.Connection) -> list[RubricItem]:
    """The version of each item that holds, oldest item first."""
    rows = connection.execute(
        "SELECT * FROM item WHERE id IN (SELECT max(id) FROM item GROUP BY item) ORDER BY item"
    ).fetchall()
    return [_item(row) for row in rows]


def _item(row: sqlite3.Row) -> RubricItem:
    return RubricItem(
        row["item"],
        row["id"],
        row["criterion"],
        row["words"],
        _decimal(row["points"]),
        row["author"],
        bool(row["retired"]),
    )


def insert_item(connection: sqlite3.Connection, item: RubricItem) -> RubricItem:
    """Add an item, or the next version of one; a new one has the number 0 and is given its own."""
    number = item.item or connection.execute("SELECT coalesce(max(item), 0) + 1 FROM item").fetchone()[0]
    row = connection.execute(
        "INSERT INTO item (item, criterion, words, points, retired, author) VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
        (number, item.criterion, text(item.words), f"{item.points:f}", int(item.retired), text(item.author)),
    ).fetchone()
    return _item(row)


def insert_made_of(connection: sqlite3.Connection, hand_mark: int, made_of: MadeOf) -> None:
    """Keep what a mark was made of."""
    connection.execute(
        "INSERT INTO mark_made_of (hand_mark_id, items, remark, own_points) VALUES (?, ?, ?, ?)",
        (hand_mark, json.dumps(list(made_of.items)), text(made_of.remark), int(made_of.own_points)),
    )


def made_of(connection: sqlite3.Connection, attempt: int) -> dict[str, MadeOf]:
    """What the last mark on each criterion of an attempt was made of; marks from elsewhere are remarks alone."""
    rows = connection.execute(
        "SELECT hand_mark.criterion, hand_mark.reason, mark_made_of.* FROM hand_mark"
        " LEFT JOIN mark_made_of ON hand_mark_id = hand_mark.id WHERE attempt_id = ? ORDER BY hand_mark.id",
        (attempt,),
    ).fetchall()
    return {row["criterion"]: _made_of(row) for row in rows}


def _made_of(row: sqlite3.Row) -> MadeOf:
    if row["items"] is None:
        return MadeOf((), row["reason"], own_points=True)
    return MadeOf(tuple(map(int, json.loads(row["items"]))), row["remark"], bool(row["own_points"]))


def take_click(connection: sqlite3.Connection, key: str, author: str) -> bool:
    """Whether a click's key was not seen before; it is from now on."""
    added = connection.execute(
        "INSERT INTO click (key, author) VALUES (?, ?) ON CONFLICT DO NOTHING", (key, text(author))
    )
    return added.rowcount == 1


def knows_click(connection: sqlite3.Connection, key: str) -> bool:
    """Whether a click was counted already."""
    return connection.execute("SELECT 1 FROM click WHERE key = ?", (key,)).fetchone() is not None


def comments(connection: sqlite3.Connection, attempt: int) -> tuple[Comment, ...]:
    """The comments on an attempt's work that hold, oldest first."""
    rows = connection.execute(
        "SELECT * FROM comment WHERE attempt_id = ? AND words <> ''"
        " AND id NOT IN (SELECT replaces FROM comment WHERE replaces IS NOT NULL) ORDER BY id",
        (attempt,),
    ).fetchall()
    return tuple(_comment(row) for row in rows)


def _comment(row: sqlite3.Row) -> Comment:
    try:
        place = _PLACE.validate_json(row["place"])
    except ValueError as error:
        raise sqlite3.DatabaseError(f"a row that cannot be read ({error})") from error
    return Comment(row["id"], row["criterion"], place, row["words"], row["author"], row["created_at"])


def insert_comment(connection: sqlite3.Connection, student: str, comment: Comment, replaces: int | None = None) -> None:
    """Add a comment to the student's last attempt; in place of another one, without words to take that back."""
    row = connection.execute("SELECT attempt_id FROM current_grade WHERE student = ?", (text(student),)).fetchone()
    connection.execute(
        "INSERT INTO comment (attempt_id, criterion, place, words, author, replaces) VALUES (?, ?, ?, ?, ?, ?)",
        (
            row["attempt_id"],
            comment.criterion,
            as_json(asdict(comment.place)),
            text(comment.words),
            text(comment.author),
            replaces,
        ),
    )


def made_of_students(connection: sqlite3.Connection, students: Sequence[str]) -> Mapping[str, Mapping[str, MadeOf]]:
    """What the last marks of students' last attempts were made of, by student and criterion."""
    return {student: made_of(connection, _attempt(connection, student)) for student in students}


def comments_of(connection: sqlite3.Connection, student: str) -> tuple[Comment, ...]:
    """The comments on a student's last attempt."""
    return comments(connection, _attempt(connection, student))


def _attempt(connection: sqlite3.Connection, student: str) -> int:
    row = connection.execute("SELECT attempt_id FROM current_grade WHERE student = ?", (text(student),)).fetchone()
    return -1 if row is None else int(row["attempt_id"])
