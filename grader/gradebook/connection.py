"""The gradebook's SQLite file: opened, checked, brought to the present schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path

from grader.errors import UserError

APPLICATION_ID = 0x47524442  # "GRDB", in the file's header
# Number n brings the schema from version n to n + 1.
MIGRATIONS = ("schema.sql", "origin.sql", "hand_marks.sql", "extra.sql", "desk.sql", "moderation.sql", "requests.sql")
SCHEMA_VERSION = len(MIGRATIONS)
_BUSY_S = 10.0
_FRESH = "hint: give `--fresh` to start over, or another folder with `--out`"


class GradebookError(UserError):
    """The gradebook cannot be used. The message says what was expected, what was found, and a `hint:`."""


def connect(path: Path) -> sqlite3.Connection:
    """Open or create the gradebook. Raises GradebookError for anything but a sound file of our schema."""
    with reported(path):
        connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        with reported(path):
            _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def disconnect(connection: sqlite3.Connection) -> None:
    """Close it, and take its empty journal away unless somebody writes; calling it twice does no harm."""
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into GradebookError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        hint = "hint: does the folder exist, has the disk room, does another `grader` use this folder now?"
        raise GradebookError(f"{path}: expected a gradebook that can be written, found: {error}\n{hint}") from error
    except sqlite3.DatabaseError as error:
        raise GradebookError(f"{path}: expected a sound gradebook, found: {error}\n{_FRESH}") from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.row_factory = sqlite3.Row
    # A rollback journal and not WAL: one file to copy, and it also holds on network disks. Emptied after each write and
    # not deleted: ext4 looks at every file that was deleted within a minute before it makes a new one.
    connection.execute("PRAGMA journal_mode = TRUNCATE")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    _check_owner(connection, path)
    _migrate(connection)
    damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        raise GradebookError(f"{path}: expected a sound gradebook, found: {damage}\n{_FRESH}")


def _check_owner(connection: sqlite3.Connection, path: Path) -> None:
    owner = _pragma(connection, "application_id")
    version = _pragma(connection, "user_version")
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if owner != APPLICATION_ID and (owner or version or tables):
        raise GradebookError(f"{path}: expected a gradebook, found another program's database\n{_FRESH}")
    if version > SCHEMA_VERSION:
        raise GradebookError(
            f"{path}: expected schema version {SCHEMA_VERSION} or older, found {version}\n"
            "hint: a newer `grader` wrote it; install that version, or give another folder with `--out`"
        )


def _migrate(connection: sqlite3.Connection) -> None:
    """All steps at once: waiting for the disk takes as long for one as for all of them."""
    if names := MIGRATIONS[_pragma(connection, "user_version") :]:
        scripts = [resources.files("grader.gradebook").joinpath(name).read_text("utf-8") for name in names]
        marks = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};"
        connection.executescript("\n".join(("BEGIN IMMEDIATE;", *scripts, marks, "COMMIT;")))


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return int(value)
