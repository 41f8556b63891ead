"""The table of a class: everybody's points by criterion, sorted as asked and never narrower than its numbers."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.errors import UserError
from grader.grading import Grade, Mark
from grader.words import plain, printable

NAME_CHARS, GAP = 60, 2
LEAST_NAME = 12  # columns of a terminal that a name may be folded to
WIDE = 1000  # columns of a table that goes to a file or a pipe: nothing is wrapped
STYLE = {"passed": "green", "partial": "yellow", "failed": "red", "ungraded": "magenta"}
SIGN = {"passed": "✓", "partial": "△", "failed": "✗", "ungraded": "?"}
SORTS = ("name", "points", "late", "status")


class SortError(UserError):
    """The table cannot be sorted that way. The message is for the TA."""


@dataclass(frozen=True)
class Column:
    """A column of points; `head` stands above it, or its number where the terminal is narrow."""

    head: str
    cells: tuple[Text, ...]

    def width(self, head: str) -> int:
        """Columns of the terminal that it takes under this head."""
        return max(map(cell_len, (head, *(cell.plain for cell in self.cells))))


def sorted_grades(grades: Sequence[Grade], names: Sequence[str], key: str | None) -> list[tuple[Grade, str]]:
    """Grades with their names, sorted by name, points, late, status or a criterion's points; `-` turns that round.

    Raises SortError for anything else.
    """
    pairs = list(zip(grades, names, strict=True))
    if not key or not grades:
        return pairs
    check_sort(key, criteria_of(grades))
    return sorted(pairs, key=_order(key.removeprefix("-")), reverse=key.startswith("-"))


def check_sort(key: str | None, criteria: Sequence[str]) -> None:
    """Raises SortError for what no table of these criteria can be sorted by."""
    if key and (asked := key.removeprefix("-")) not in (*SORTS, *criteria):
        close = difflib.get_close_matches(asked, [*SORTS, *criteria], 1)
        hint = f"\nhint: did you mean {close[0]}?" if close else ""
        raise SortError(f"--sort: expected one of {', '.join((*SORTS, *criteria))}; found {printable(key)}{hint}")


def _order(key: str) -> Callable[[tuple[Grade, str]], tuple[object, ...]]:
    if key == "name":
        return lambda pair: (pair[1].casefold(),)
    if key == "late":
        return lambda pair: (pair[0].late_penalty, pair[1].casefold())
    if key == "status":
        return lambda pair: (pair[0].status, pair[1].casefold())
    if key == "points":
        return lambda pair: (pair[0].points_so_far, pair[1].casefold())
    return lambda pair: (_earned(pair[0], key), pair[1].casefold())


def _earned(grade: Grade, criterion: str) -> Decimal:
    return next((m.points for m in grade.marks if m.criterion == criterion and m.points is not None), Decimal(-1))


def criteria_of(grades: Sequence[Grade]) -> tuple[str, ...]:
    """Every criterion once, in the rubric's order."""
    return tuple(dict.fromkeys(mark.criterion for grade in grades for mark in grade.marks))


def print_table(console: Console, grades: Sequence[Grade], names: Sequence[str]) -> None:
    """Print the table so that every number is whole: criteria by number, then in parts, where the terminal is narrow.

    Names are folded over several lines before that.
    """
    shown = tuple(printable(name, NAME_CHARS) for name in names)
    first, criteria = _first_columns(grades), _criteria_columns(grades)
    room = console.width - min(LEAST_NAME, max(map(cell_len, ("student", *shown)))) - _taken(first)
    if sum(column.width(column.head) + GAP for column in criteria) <= room:
        console.print(_table(shown, [(column.head, column) for column in (*first, *criteria)]))
        return
    numbered = [(str(number), column) for number, column in enumerate(criteria, start=1)]
    for part in _parts(numbered, room):
        console.print(_table(shown, [*((column.head, column) for column in first), *part]))
    console.print(Text("   ".join(f"{number} {column.head}" for number, column in numbered), style="dim"))


def _parts(columns: Sequence[tuple[str, Column]], room: int) -> Iterator[list[tuple[str, Column]]]:
    """As many columns at a time as there is room for, at least one."""
    part: list[tuple[str, Column]] = []
    taken = 0
    for head, column in columns:
        width = column.width(head) + GAP
        if part and taken + width > room:
            yield part
            part, taken = [], 0
        part.append((head, column))
        taken += width
    yield part


def _taken(columns: Sequence[Column]) -> int:
    return sum(column.width(column.head) + GAP for column in columns)


def _first_columns(grades: Sequence[Grade]) -> list[Column]:
    """The total, and what being late cost if it cost anybody anything."""
    columns = [Column("points", tuple(Text(_total(grade)) for grade in grades))]
    if any(grade.late_penalty for grade in grades):
        late = tuple(Text(f"−{plain(grade.late_penalty)}" if grade.late_penalty else "") for grade in grades)
        columns.append(Column("late", late))
    return columns


def _criteria_columns(grades: Sequence[Grade]) -> list[Column]:
    marks = [{mark.criterion: mark for mark in grade.marks} for grade in grades]
    return [Column(criterion, tuple(_cell(row.get(criterion)) for row in marks)) for criterion in criteria_of(grades)]


def table_of(grades: Sequence[Grade], names: Sequence[str]) -> Table:
    """The whole table, each criterion under its id."""
    shown = tuple(printable(name, NAME_CHARS) for name in names)
    columns = [*_first_columns(grades), *_criteria_columns(grades)]
    return _table(shown, [(column.head, column) for column in columns])


def _table(names: Sequence[str], columns: Sequence[tuple[str, Column]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("student", overflow="fold")
    for head, column in columns:
        table.add_column(head, justify="right", no_wrap=True, min_width=column.width(head))
    for row, name in enumerate(names):
        table.add_row(Text(name), *(column.cells[row] for _, column in columns))
    return table


def _total(grade: Grade) -> str:
    return plain(grade.points) if grade.points is not None else f"({plain(grade.points_so_far)})"


def _cell(mark: Mark | None) -> Text:
    if mark is None:
        return Text("")
    outcome = mark.finding.outcome
    return Text(f"{SIGN[outcome]} {'–' if mark.points is None else plain(mark.points)}", style=STYLE[outcome])
