"""Samples and what they should come to: a folder of submissions with an `expected.toml` in it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.assignment import Assignment
from grader.errors import UserError
from grader.finding import Outcome
from grader.validation import source_places
from grader.validation.notes import Note

FILE = "expected.toml"
REMARKS = ("style", "because", "debatable", "feedback", "solution", "endless")  # what a table may say besides outcomes


class ExpectedError(UserError):
    """`expected.toml` cannot be read."""


@dataclass(frozen=True)
class Expected:
    """The samples' folder, and a table for each student: outcome by criterion."""

    folder: Path
    tables: Mapping[str, Mapping[str, Any]]

    @property
    def file(self) -> Path:
        """The `expected.toml` that says so."""
        return self.folder / FILE

    def solution(self) -> Path | None:
        """The sample that is the solution, if one says so."""
        named = [name for name, table in self.tables.items() if table.get("solution") is True]
        return self.folder / named[0] if named else None

    def outcomes(self, assignment: Assignment, student: str) -> dict[str, str]:
        """Outcome by criterion. What is not named is passed, or left to a person where a person grades it."""
        table = self.tables[student]
        return {rule.id: table.get(rule.id, "ungraded" if rule.manual else "passed") for rule in assignment.rubric}

    def slips(self, assignment: Assignment, students: set[str]) -> Iterator[Note]:
        """Tables without a sample, samples without a table, words that mean nothing here."""
        words = sorted(outcome.value for outcome in Outcome)
        ids = {rule.id for rule in assignment.rubric}
        for name in sorted(students - set(self.tables)):
            yield Note(where=str(self.file), message=f"expected a table [{name}] for that sample, found none")
        for name, table in self.tables.items():
            where = source_places.of_table(self.file, name)
            if name not in students:
                yield Note(where=where, message=f"expected a sample called {name} in {self.folder}, found none")
            for key, value in table.items():
                if key not in ids and key not in REMARKS:
                    yield Note(where=where, message=f"{key}: expected a criterion ({', '.join(sorted(ids))})")
                elif key in ids and value not in words:
                    yield Note(where=where, message=f"{key}: expected one of {', '.join(words)}, found {value!r}")


def expected_in(folder: Path) -> Expected | None:
    """What is expected of the samples in a folder; None if it has no `expected.toml`. Raises ExpectedError."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExpectedError(f"{path}: expected TOML, found: {error}") from error
    if odd := [name for name, table in tables.items() if not isinstance(table, dict)]:
        raise ExpectedError(f"{path}: expected a table for each student, found the value {odd[0]}")
    return Expected(folder, tables)


def samples_folder(assignment: Assignment, given: Path | None) -> Path:
    """Where the samples lie: `submissions/<id>/` beside the folder of assignments, unless another is given."""
    return given or assignment.folder.resolve().parent.parent / "submissions" / assignment.id
