"""What the desk knows besides the gradebook, and may forget: who has which page open, and how work is split.

It lies in a file of its own beside the gradebook, so that several desks on one folder see each other.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FILE = ".desk.sqlite"
HELD_S = 60.0
SplitBy = Literal["students", "criteria"]
_SCHEMA = """
CREATE TABLE IF NOT EXISTS hold (place TEXT, session TEXT, ta TEXT, until REAL, PRIMARY KEY (place, session));
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT);
"""


@dataclass(frozen=True)
class Split:
    """Work parted among TAs, by students or by criteria; nobody named means that all do everything."""

    by: SplitBy = "students"
    names: tuple[str, ...] = ()


class Aside:
    """One file for all desks on a folder of results. What cannot be written is done without."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._connection = _opened(folder / FILE)

    def hold(self, place: str, session: str, ta: str) -> list[str]:
        """Say that a TA has a place open; who else has it open now."""
        now = self.clock()
        with self._lock:
            self._connection.execute("DELETE FROM hold WHERE until < ? OR session = ?", (now, session))
            self._connection.execute(
                "INSERT OR REPLACE INTO hold VALUES (?, ?, ?, ?)", (place, session, ta, now + HELD_S)
            )
            rows = self._connection.execute(
                "SELECT DISTINCT ta FROM hold WHERE place = ? AND session <> ? ORDER BY ta", (place, session)
            ).fetchall()
        return [row[0] for row in rows]

    def held(self, session: str) -> Mapping[str, str]:
        """The places that others have open, and who."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT place, ta FROM hold WHERE until >= ? AND session <> ?", (self.clock(), session)
            ).fetchall()
        return dict(rows)

    def split(self) -> Split:
        """How the work is parted."""
        with self._lock:
            row = self._connection.execute("SELECT value FROM setting WHERE name = 'split'").fetchone()
        found = json.loads(row[0]) if row else {}
        return Split(found.get("by", "students"), tuple(found.get("names", ())))

    def set_split(self, split: Split) -> None:
        """Part the work anew."""
        value = json.dumps({"by": split.by, "names": list(split.names)})
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO setting VALUES ('split', ?)", (value,))

    def close(self) -> None:
        """Close the database of what was set aside."""
        with self._lock:
            self._connection.close()


def _opened(path: Path) -> sqlite3.Connection:
    """The file, or what is kept in memory alone where a file cannot be had."""
    for where in (path, ":memory:"):
        try:
            connection = sqlite3.connect(where, timeout=5, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(_SCHEMA)
        except sqlite3.Error:
            continue
        return connection
    raise RuntimeError("SQLite cannot even use memory")


def part_of(codes: Sequence[str], names: Sequence[str], name: str) -> frozenset[str]:
    """Whose part is whose: every TA gets every n-th of an order that all see alike."""
    if name not in names:
        return frozenset(codes)
    return frozenset(codes[names.index(name) :: len(names)])
