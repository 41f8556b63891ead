"""Extensions, excuses and late-known times, one student a row, in a small CSV or TOML file.

```
student,until,days,hours,waive,excused,submitted,reason       [jdoe]
jdoe,2026-11-05 23:59,,,,,,ill                                until = 2026-11-05T23:59:00
"Roe, Bob",,2,,,,,travel                                      reason = "ill"
*,2026-11-01 23:59 America/New_York,,,,,,                     # `*`: the deadline of all others
```
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from grader.deadlines.times import MomentError, read_moment, written
from grader.errors import UserError
from grader.gradebook.csv import safe_cell, without_apostrophe
from grader.people.identity import Identity, matching
from grader.policies import Terms
from grader.spreadsheets import Sheet, sheet

EVERYONE = "*"
COLUMNS = ("student", "until", "days", "hours", "waive", "excused", "submitted", "reason")
_YES, _NO = ("yes", "true", "1", "x"), ("", "no", "false", "0")


class ExtensionsError(UserError):
    """An extensions file cannot be used as it is. The message names every line and what was expected."""


@dataclass(frozen=True)
class Extension:
    """One row. `until` is a deadline of the student's own, `days` and `hours` move the assignment's.

    `waive`: being late costs nothing. `excused`: the assignment does not count. `submitted` is when the work
    was handed in, for downloads that do not say it.
    """

    student: str
    until: datetime | None = None
    days: int = 0
    hours: int = 0
    waive: bool = False
    excused: bool = False
    submitted: datetime | None = None
    reason: str = ""
    line: str = ""

    def terms(self, due: datetime | None) -> Terms:
        """What holds for the student, given the deadline of all others."""
        moved = self.until or _moved(due, self.days, self.hours)
        because = f" ({self.reason})" if self.reason else ""
        why = ""
        if self.excused:
            why = f"excused{because}"
        elif self.waive:
            why = f"lateness excused{because}"
        elif moved != due and moved is not None:
            why = f"extension until {moved:%Y-%m-%d %H:%M %Z}{because}"
        return Terms(moved, self.waive or self.excused, self.excused, why)


def _moved(due: datetime | None, days: int, hours: int) -> datetime | None:
    """Days on the clock of the deadline's zone, hours as they pass."""
    if due is None:
        return None
    return ((due + timedelta(days=days)).astimezone(UTC) + timedelta(hours=hours)).astimezone(due.tzinfo)


@dataclass(frozen=True)
class Calendar:
    """The deadline, and what holds for single students, by the name they are graded under.

    `others` are rows of those who have not handed in.
    """

    due: datetime | None = None
    extensions: Mapping[str, Extension] = field(default_factory=dict)
    others: tuple[Extension, ...] = ()

    def terms(self, student: str) -> Terms:
        """What holds for a student."""
        found = self.extensions.get(student)
        return Terms(self.due) if found is None else found.terms(self.due)

    def submitted(self, student: str) -> datetime | None:
        """When the student handed in, if the file says so."""
        found = self.extensions.get(student)
        return None if found is None else found.submitted

    def content(self, due: datetime | None) -> bytes:
        """The calendar as a file that `read_extensions` reads; `due` is the assignment's own deadline."""
        rows = [replace(found, student=student) for student, found in sorted(self.extensions.items())]
        everyone = [Extension(EVERYONE, self.due)] if self.due != due else []
        table = io.StringIO()
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_row(found) for found in (*everyone, *rows, *self.others))
        return table.getvalue().encode("utf-8", "backslashreplace")


def _row(found: Extension) -> list[str]:
    until, submitted = (written(moment) if moment else "" for moment in (found.until, found.submitted))
    days, hours = (str(count) if count else "" for count in (found.days, found.hours))
    waive, excused = ("yes" if flag else "" for flag in (found.waive, found.excused))
    return [safe_cell(found.student), until, days, hours, waive, excused, submitted, safe_cell(found.reason)]


def read_extensions(path: Path, zone: tzinfo) -> tuple[Extension, ...]:
    """The rows of a `.toml` or CSV file; times without a zone are read in `zone`.

    Raises ExtensionsError with all that is wrong, SheetError for what is no table, and OSError if it cannot be read.
    """
    table = sheet(path.read_bytes(), str(path))
    try:
        rows = _toml_rows(table.text) if path.suffix.lower() == ".toml" else _csv_rows(table)
    except ExtensionsError as error:
        raise ExtensionsError(f"{path}, {error}") from error
    except (tomllib.TOMLDecodeError, csv.Error) as error:
        raise ExtensionsError(f"{path}: expected CSV or TOML, found: {error}") from error
    found, problems = [], []
    for line, row in rows:
        try:
            found.append(_extension(line, row, zone))
        except (MomentError, ExtensionsError) as error:
            problems.append(f"{path}, {line}: {error}")
    if problems:
        raise ExtensionsError("\n".join(problems))
    return tuple(found)


def _csv_rows(table: Sheet) -> list[tuple[str, Mapping[str, object]]]:
    reader = csv.DictReader(io.StringIO(table.text, newline=""), delimiter=table.delimiter)
    names = {name: (name or "").strip().lower() for name in reader.fieldnames or ()}
    _check_columns(f"line {table.first_line}", [name for name in names.values() if name])
    if "student" not in names.values():
        raise ExtensionsError(
            f"line {table.first_line}: expected a column `student`, found {', '.join(names.values()) or 'none'}"
        )
    rows: list[tuple[str, Mapping[str, object]]] = []
    for row in reader:
        cells = {names[name]: without_apostrophe((value or "").strip()) for name, value in row.items() if name in names}
        if any(cells.values()):
            rows.append((f"line {reader.line_num + table.first_line - 1}", cells))
    return rows


def _toml_rows(text: str) -> list[tuple[str, Mapping[str, object]]]:
    rows: list[tuple[str, Mapping[str, object]]] = []
    for student, cells in tomllib.loads(text).items():
        if not isinstance(cells, dict):
            raise ExtensionsError(f"{student}: expected a table such as [{student}]")
        _check_columns(f"[{student}]", list(cells))
        rows.append((f"[{student}]", {**cells, "student": student}))
    return rows


def _check_columns(where: str, names: Sequence[str]) -> None:
    if unknown := [name for name in names if name not in COLUMNS]:
        raise ExtensionsError(f"{where}: expected {', '.join(COLUMNS)}; found {', '.join(unknown)}")


def _extension(line: str, row: Mapping[str, object], zone: tzinfo) -> Extension:
    student = str(row.get("student", ""))
    if not student:
        raise ExtensionsError("expected a student, found none")
    found = Extension(
        student,
        read_moment(row.get("until", ""), zone),
        _count(row, "days"),
        _count(row, "hours"),
        _flag(row, "waive"),
        _flag(row, "excused"),
        read_moment(row.get("submitted", ""), zone),
        str(row.get("reason", "")),
        line,
    )
    if found.until is not None and (found.days or found.hours):
        raise ExtensionsError("expected `until`, or `days` and `hours`, found both")
    if replace(found, reason="") == Extension(student, line=line):
        raise ExtensionsError("expected an extension or an excuse, found an empty row")
    return found


def _count(row: Mapping[str, object], name: str) -> int:
    text = str(row.get(name, "") or "0")
    if not text.isdecimal() or int(text) > 1000:
        raise ExtensionsError(f"{name}: expected a whole number, found {text!r}")
    return int(text)


def _flag(row: Mapping[str, object], name: str) -> bool:
    text = str(row.get(name, "")).lower()
    if text not in (*_YES, *_NO):
        raise ExtensionsError(f"{name}: expected yes or no, found {text!r}")
    return text in _YES


def calendar(due: datetime | None, extensions: Iterable[Extension], students: Sequence[Identity]) -> Calendar:
    """Find each row's student.

    Raises ExtensionsError for a row that fits two students, two rows of one student, and a deadline that an
    extension would bring forward.
    """
    rows = list(extensions)
    for row in rows:
        if row.student == EVERYONE:
            due = row.terms(due).due
    found: dict[str, Extension] = {}
    problems: list[str] = []
    unknown: list[Extension] = []
    for row in rows:
        if row.student == EVERYONE:
            continue
        fits = matching(row.student, students)
        if len(fits) > 1:
            listed = ", ".join(one.student for one in fits)
            problems.append(f"{row.line}: {row.student!r} fits {len(fits)} students: {listed}; hint: give one of these")
        elif not fits:
            unknown.append(row)
        elif fits[0].student in found:
            problems.append(f"{row.line}: {fits[0].student} has a row already ({found[fits[0].student].line})")
        else:
            found[fits[0].student] = row
        problems += _at_odds(row, due)
    if problems:
        raise ExtensionsError("\n".join(f"extensions, {problem}" for problem in problems))
    return Calendar(due, found, tuple(unknown))


def _at_odds(row: Extension, due: datetime | None) -> list[str]:
    if due is None and (row.days or row.hours):
        return [f"{row.line}: `days` and `hours` move a deadline, and the assignment has none; hint: give `until`"]
    if due is not None and row.until is not None and row.until.astimezone(UTC) < due.astimezone(UTC):
        return [f"{row.line}: until {written(row.until)} is before the deadline {written(due)}"]
    return []
