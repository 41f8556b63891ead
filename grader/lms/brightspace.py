"""Brightspace's grades CSV: `OrgDefinedId`, `Username`, `<item> Points Grade`, and `#` at the end of each line."""

from __future__ import annotations

from collections.abc import Sequence

from grader.gradebook.csv import plain_number
from grader.lms.export import Export, ExportError, Outgoing, Target
from grader.lms.lms_csv import LmsRow, LmsTable, read_table
from grader.lms.matched_rows import Wanted, match

FILE = "brightspace-grades.csv"
END, MARK, POINTS = "End-of-Line Indicator", "#", " Points Grade"
_IDS = ("OrgDefinedId", "Username")
_PEOPLE = (*_IDS, "Last Name", "First Name", "Email")


def brightspace(outgoing: Outgoing, target: Target) -> Export:
    """The ids, the item's points and the end mark; other items are left out, as they may be older.

    Raises ExportError if the item or the ids cannot be told.
    """
    if target.into is None:
        return _made(outgoing, target)
    table = read_table(target.into)
    if all(table.column(name) is None for name in _IDS):
        raise ExportError(
            f"{target.into}: expected a column OrgDefinedId or Username, found {', '.join(table.header.cells)}\n"
            "hint: export the grades from Brightspace with both of them"
        )
    table = _with_item(table, outgoing, target)
    at = _item_column(table, outgoing, target)
    matched = match([_wanted(table, row) for row in table.rows], outgoing, "brightspace")
    values = [
        None
        if result is None or (points := outgoing.points(result, None, scale=False)) is None
        else plain_number(points)
        for result in matched.results
    ]
    keep = [column for name in _PEOPLE if (column := table.column(name)) is not None]
    done = table.with_cells(values, at).only([*sorted(keep), at, _end(table)])
    return Export({FILE: done.content()}, tuple(outgoing.waiting()), matched.problems)


def _end(table: LmsTable) -> int:
    at = table.column(END)
    if at is None:
        raise ExportError(f"expected a last column `{END}`\nhint: export the grades from Brightspace again")
    return at


def _items(table: LmsTable) -> list[int]:
    return [at for at, cell in enumerate(table.header.cells) if POINTS in f" {cell} "]


def _with_item(table: LmsTable, outgoing: Outgoing, target: Target) -> LmsTable:
    """An export without any item, as one gets for an empty gradebook, gets the column."""
    if _items(table):
        return table
    end = _end(table)
    name = f"{target.column or outgoing.assignment.title}{POINTS}"
    rows = [
        table.row([*row.cells[:end], text, *row.cells[end:]])
        for row, text in ((table.header, name), *((row, "") for row in table.rows))
    ]
    return LmsTable(rows[0], tuple(rows[1:]), table.delimiter, table.newline, table.source)


def _item_column(table: LmsTable, outgoing: Outgoing, target: Target) -> int:
    items = {at: table.header.cells[at].partition(POINTS)[0].strip() for at in _items(table)}
    wanted = target.column or outgoing.assignment.title
    fits = [at for at, name in items.items() if wanted in (name, table.header.cells[at])]
    if not fits and target.column is None and len(items) == 1:
        fits = list(items)
    if len(fits) != 1:
        there = ", ".join(map(repr, items.values()))
        raise ExportError(f"{target.into}: expected one item `{wanted}`, found {there}\nhint: name one with --column")
    return fits[0]


def _wanted(table: LmsTable, row: LmsRow) -> Wanted:
    cells = {name: row.at(table.column(name)).removeprefix(MARK) for name in _PEOPLE}
    name = f"{cells['First Name']} {cells['Last Name']}".strip()
    return Wanted((cells["OrgDefinedId"], cells["Username"], cells["Email"]), (name,))


def _made(outgoing: Outgoing, target: Target) -> Export:
    """From the roster's ids: the download has names only."""
    table = LmsTable(LmsRow((), ""), (), newline="\n")
    item = f"{target.column or outgoing.assignment.title}{POINTS}"
    rows: list[Sequence[str]] = [("OrgDefinedId", item, END)]
    problems = []
    for result in outgoing.results:
        people = outgoing.roster.find(result.identity)
        points = outgoing.points(result, None, scale=False)
        if len(people) != 1 or not people[0].ids:
            problems.append(f"{result.student}: Brightspace's id is not known; hint: give --into FILE or --roster FILE")
        elif points is not None:
            rows.append((people[0].ids[0], plain_number(points), MARK))
    content = "".join(table.row(row).raw for row in rows).encode()
    return Export({FILE: content}, tuple(outgoing.waiting()), tuple(problems))
