"""The class as the gradebook has it now, kept in memory and brought up to date by what was added since."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from grader.gradebook.desk_records import MadeOf, RubricItem, items, made_of_students
from grader.gradebook.rows import BatchRecord, StoredGrade
from grader.gradebook.store import Gradebook
from grader.grading import Mark
from grader.words import digest


@dataclass(frozen=True)
class RollEntry:
    """A student's current grade. `code` names them in addresses, and tells nobody who they are."""

    code: str
    stored: StoredGrade
    made_of: Mapping[str, MadeOf] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """The student's folder in the results."""
        return self.stored.folder

    def mark(self, criterion: str) -> Mark | None:
        """The mark on a criterion, None if the rubric had none when this was graded."""
        return self._marks.get(criterion)

    @cached_property
    def _marks(self) -> Mapping[str, Mark]:
        return {mark.criterion: mark for mark in self.stored.grade.marks}


class Roll:
    """Everybody's grades. History is only ever added to, so that one number tells whether anything is new."""

    def __init__(self, book: Gradebook) -> None:
        self.book = book
        self.batch: BatchRecord = book.batch()
        self._lock = threading.Lock()
        self._last = 0
        self._entries: dict[str, RollEntry] = {}

    def now(self) -> Mapping[str, RollEntry]:
        """The entries by code. Raises GradebookError."""
        with self._lock:
            if self._erased():
                self._entries, self._last = {}, 0
            fresh, last = self.book.changed_since(self._last) if self._is_newer() else ([], 0)
            if fresh:
                with self.book.reading() as connection:
                    made_of = made_of_students(connection, [one.grade.student for one in fresh])
                added = {entry.code: entry for entry in self._named(fresh, made_of)}
                self._entries = {**self._entries, **added}
                self._last = last
            return self._entries

    def _is_newer(self) -> bool:
        with self.book.reading() as connection:
            last = connection.execute("SELECT max(id) FROM revision").fetchone()[0]
        return last is not None and last > self._last

    def _erased(self) -> bool:
        """Whether a student was erased: the one thing that is ever taken away."""
        with self.book.reading() as connection:
            students = connection.execute("SELECT count(*) FROM student").fetchone()[0]
        return bool(students < len(self._entries))

    def _named(self, fresh: list[StoredGrade], made_of: Mapping[str, Mapping[str, MadeOf]]) -> list[RollEntry]:
        return [RollEntry(self.code(one.folder), one, made_of[one.grade.student]) for one in fresh]

    def code(self, folder: str) -> str:
        """A student's name in addresses: nobody who does not know the batch's seed can work it out."""
        return hashlib.sha256(f"{self.batch.seed} {folder}".encode()).hexdigest()[:10]

    def items(self) -> dict[int, RubricItem]:
        """Every item by its number, as it is now."""
        with self.book.reading() as connection:
            return {item.item: item for item in items(connection)}


@lru_cache(maxsize=20_000)
def shuffled(code: str, salt: str = "order") -> str:
    """A student's place in an order that is random and always the same."""
    return digest(f"{salt} {code}", 16)
