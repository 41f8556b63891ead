"""Canvas's gradebook CSV, by the rules of its `gradebook_importer.rb`.

The importer wants `Student` in the first cell (or `LastName,FirstName`), `ID` after it, `Section` as the last of
the students' columns; it knows an assignment by the id in its heading and makes a new one otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from grader.gradebook.csv import plain_number, safe_cell
from grader.lms.export import Export, ExportError, Outgoing, Target
from grader.lms.lms_csv import LmsRow, LmsTable, read_table
from grader.lms.matched_rows import Wanted, match

FILE = "canvas-grades.csv"
EXCUSED = "EX"
_ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)", re.DOTALL)


def canvas(outgoing: Outgoing, target: Target) -> Export:
    """The students' columns and the assignment's, filled in; other columns are left out, as they may be older.

    Raises ExportError if the assignment's column cannot be told.
    """
    return _made(outgoing, target) if target.into is None else _filled(outgoing, target, target.into)


def _filled(outgoing: Outgoing, target: Target, into: Path) -> Export:
    table = read_table(into)
    at = _assignment_column(table, outgoing, target)
    last = table.column("Section")
    if last is None or table.column("ID") is None:
        found = ", ".join(table.header.cells[:8])
        raise ExportError(
            f"{into}: expected Canvas's columns Student, ID and Section, found {found}\n"
            "hint: export the gradebook from Canvas again"
        )
    first = _first_student(table.rows)
    maximum = _maximum(table.rows[:first], at)
    students = table.rows[first:]
    matched = match([_wanted(table, row) for row in students], outgoing, "canvas")
    values: list[str | None] = [None] * first
    for result in matched.results:
        points = None if result is None else outgoing.points(result, maximum, scale=target.scale)
        excused = result is not None and result.excused
        values.append(EXCUSED if excused else None if points is None else plain_number(points))
    done = table.with_cells(values, at).only([*range(last + 1), at])
    return Export({FILE: done.content()}, tuple(outgoing.waiting()), matched.problems)


def _first_student(rows: Sequence[LmsRow]) -> int:
    """After `Manual Posting` and `Points Possible`."""
    found = [number for number, row in enumerate(rows[:3]) if row.at(0).strip().startswith("Points Possible")]
    return found[0] + 1 if found else 0


def _maximum(rows: Sequence[LmsRow], at: int) -> Decimal | None:
    try:
        return Decimal(rows[-1].at(at).replace(",", ".")) if rows and rows[-1].at(at) else None
    except InvalidOperation:
        return None


def _wanted(table: LmsTable, row: LmsRow) -> Wanted:
    ids = tuple(row.at(table.column(name)) for name in ("ID", "SIS User ID", "SIS Login ID", "Integration ID"))
    full = row.at(table.column("Student"))
    split = f"{row.at(table.column('LastName'))}, {row.at(table.column('FirstName'))}".strip(", ")
    return Wanted(ids, (re.sub(r'^="(.*)"$', r"\1", full or split),))


def _assignment_column(table: LmsTable, outgoing: Outgoing, target: Target) -> int:
    found = {at: hit for at, cell in enumerate(table.header.cells) if (hit := _ASSIGNMENT.fullmatch(cell))}
    wanted = target.column or outgoing.assignment.title
    fits = [at for at, hit in found.items() if wanted in (hit["title"], hit["id"], hit[0])]
    if not fits and target.column is None and len(found) == 1:
        fits = list(found)
    if len(fits) != 1:
        there = ", ".join(repr(hit[0]) for hit in found.values()) or "none"
        raise ExportError(
            f"{target.into}: expected one assignment `{wanted} (<id>)`, found {there}\n"
            "hint: name one with --column, by its title or id"
        )
    return fits[0]


def _made(outgoing: Outgoing, target: Target) -> Export:
    """A file of our own: only those with points, for a blank cell would take away what Canvas has."""
    heading = _ASSIGNMENT.fullmatch(target.column or "")
    if heading is None:
        raise ExportError(
            'canvas: expected --into FILE, the gradebook that Canvas exported, or --column "TITLE (ID)"; without '
            "the assignment's id Canvas would make a new assignment\nhint: the id is in the assignment's address"
        )
    table = LmsTable(LmsRow((), ""), (), newline="\n")
    rows, problems = [], []
    for result in outgoing.results:
        points = outgoing.points(result, None, scale=False)
        value = EXCUSED if result.excused else None if points is None else plain_number(points)
        origin = result.identity.origin
        if origin is None or origin.lms != "canvas" or not origin.user.isdecimal():
            problems.append(f"{result.student}: Canvas's id is not known; hint: give --into FILE")
        elif value is not None:
            rows.append(table.row([safe_cell(origin.name), origin.user, "", "", "", value]))
    header = table.row(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", heading[0]])
    content = "".join(row.raw for row in (header, *rows)).encode()
    return Export({FILE: content}, tuple(outgoing.waiting()), tuple(problems))
