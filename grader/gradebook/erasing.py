"""Taking a student out of the gradebook, which else never forgets: every row that hangs on them, and free pages too.

The tables are read from the file, so that one that is added later is covered by its foreign keys.
"""

# ruff: noqa: S608 - the names of tables and columns are those of the file's own schema
from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.gradebook.connection import GradebookError, connect, reported
from grader.gradebook.rows import as_json, read_origin
from grader.submission import Origin

ACTION, SUBJECT = "erased", "a student"
# What a grade consists of: these texts are no remarks by people.
_GRADES = frozenset({"student", "attempt", "revision", "mark", "basis"})
# Who did something is no student, whatever they are called; nor is a number or a time.
_NO_REMARKS = frozenset(
    {"author", "previous_author", "actor", "assignment", "seed", "criterion", "points", "previous", "at", "created_at"}
)
_LISTED = "(SELECT value FROM json_each(?))"


@dataclass(frozen=True)
class KnownOfStudent:
    """What the gradebook tells of a student, of all attempts and revisions."""

    student: str
    folders: tuple[str, ...]
    origins: tuple[Origin, ...]
    rows: Mapping[str, int]  # by table, those that hang on the student


def known(path: Path, student: str) -> KnownOfStudent:
    """What there is of a student. Raises GradebookError."""
    with reported(path), closing(connect(path)) as connection:
        ids = _hanging_on(connection, student)
        found = connection.execute(
            f"SELECT folder, origin FROM revision WHERE id IN {_LISTED}", (as_json(ids["revision"]),)
        ).fetchall()
        origins = [read_origin(row["origin"]) for row in found]
    return KnownOfStudent(
        student,
        tuple(dict.fromkeys(row["folder"] for row in found)),
        tuple(dict.fromkeys(origin for origin in origins if origin is not None)),
        {table: len(rows) for table, rows in ids.items() if rows},
    )


def erase_rows(path: Path, student: str, without: Callable[[str], str], actor: str) -> None:
    """Delete what hangs on a student; texts that people wrote about others lose the name; one audit line is added.

    Afterwards the file is written anew, so that no free page holds what was deleted. Raises GradebookError.
    """
    with reported(path), closing(connect(path)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        with _unguarded(connection):
            ids = _hanging_on(connection, student)
            for table, rows in ids.items():
                connection.execute(f'DELETE FROM "{table}" WHERE rowid IN {_LISTED}', (as_json(rows),))
            connection.execute("DELETE FROM audit WHERE subject = ?", (student,))
            _rewrite(connection, without)
            detail = {table: len(rows) for table, rows in ids.items() if rows}
            values = (actor, ACTION, SUBJECT, as_json(detail))
            connection.execute("INSERT INTO audit (actor, action, subject, detail) VALUES (?, ?, ?, ?)", values)
        connection.execute("VACUUM")


def texts_left(path: Path, told: Callable[[str], bool]) -> list[str]:
    """Where a text of the gradebook still says it, as `table.column`. Raises GradebookError."""
    with reported(path), closing(connect(path)) as connection:
        found = [f"{table}.{column}" for table, column, value in _texts(connection) if told(value)]
    return sorted({place for place in found if place.partition(".")[2] not in _NO_REMARKS})


@contextmanager
def _unguarded(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction without the triggers that keep history as it is; they are back when it ends."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("PRAGMA defer_foreign_keys = ON")
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for row in triggers:
            connection.execute(f'DROP TRIGGER "{row["name"]}"')
        yield
        for row in triggers:
            connection.execute(row["sql"])
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _hanging_on(connection: sqlite3.Connection, student: str) -> dict[str, tuple[int, ...]]:
    """The rows that refer to a student, and those that refer to these, by table."""
    found = connection.execute("SELECT id FROM student WHERE name = ?", (student,)).fetchall()
    if not found:
        raise GradebookError(f"expected {student} in the gradebook, found nobody of that name")
    ids: dict[str, set[int]] = {table: set() for table in _tables(connection)}
    ids["student"] = {row["id"] for row in found}
    arrows = [
        (table, row["from"], row["table"])
        for table in ids
        for row in connection.execute(f'PRAGMA foreign_key_list("{table}")')
    ]
    before = -1
    while before != (before := sum(map(len, ids.values()))):
        for table, column, target in arrows:
            query = f'SELECT rowid FROM "{table}" WHERE "{column}" IN {_LISTED}'
            ids[table] |= {row[0] for row in connection.execute(query, (as_json(sorted(ids[target])),))}
    return {table: tuple(sorted(rows)) for table, rows in ids.items()}


def _rewrite(connection: sqlite3.Connection, without: Callable[[str], str]) -> None:
    for table, column, value in list(_texts(connection)):
        fresh = without(value)
        if table not in _GRADES and column not in _NO_REMARKS and fresh != value:
            connection.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE "{column}" = ?', (fresh, value))


def _texts(connection: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    """Every text of every table; JSON as it reads."""
    for table in _tables(connection):
        columns = [row["name"] for row in connection.execute(f'PRAGMA table_info("{table}")') if row["type"] == "TEXT"]
        for column in columns:
            for row in connection.execute(f'SELECT DISTINCT "{column}" FROM "{table}"').fetchall():
                if row[0]:
                    yield table, column, row[0]


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [row["name"] for row in rows]
