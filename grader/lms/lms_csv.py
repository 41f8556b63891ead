"""A CSV as an LMS gave it: what is not filled in stays as it is, to the byte."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.lms.export import ExportError
from grader.spreadsheets import Sheet, read_sheet


@dataclass(frozen=True)
class LmsRow:
    """The cells of a line, and the line itself."""

    cells: tuple[str, ...]
    raw: str

    def at(self, index: int | None) -> str:
        """A cell; empty where the row is too short."""
        return self.cells[index] if index is not None and index < len(self.cells) else ""


@dataclass(frozen=True)
class LmsTable:
    """A header and rows, with the dialect they were written in."""

    header: LmsRow
    rows: tuple[LmsRow, ...]
    delimiter: str = ","
    newline: str = "\r\n"
    source: Sheet = Sheet("", ",")

    def column(self, *names: str) -> int | None:
        """The first column that has one of these names, without regard to case."""
        wanted = {name.casefold() for name in names}
        return next((at for at, cell in enumerate(self.header.cells) if cell.strip().casefold() in wanted), None)

    def with_cells(self, values: Sequence[str | None], column: int) -> LmsTable:
        """The table with `values` in a column, one for each row; None leaves a cell as it is."""
        rows = (
            row if value is None else self._filled(row, column, value)
            for row, value in zip(self.rows, values, strict=True)
        )
        return replace(self, rows=tuple(rows))

    def _filled(self, row: LmsRow, column: int, value: str) -> LmsRow:
        cells = [*row.cells, *[""] * (column + 1 - len(row.cells))]
        if cells[column] == value:
            return row
        cells[column] = value
        return self.row(cells)

    def row(self, cells: Sequence[str]) -> LmsRow:
        """A row in this table's dialect."""
        line = io.StringIO()
        csv.writer(line, delimiter=self.delimiter, lineterminator=self.newline).writerow(cells)
        return LmsRow(tuple(cells), line.getvalue())

    def only(self, columns: Sequence[int]) -> LmsTable:
        """The table with these columns alone."""
        rows = [self.row([row.at(at) for at in columns]) for row in (self.header, *self.rows)]
        return replace(self, header=rows[0], rows=tuple(rows[1:]))

    def content(self) -> bytes:
        """The table as the bytes of a CSV file."""
        text = "".join(row.raw for row in (self.header, *self.rows))
        return self.source.encoded(text)


def read_table(path: Path) -> LmsTable:
    """Read a table as the LMS or a spreadsheet saved it. Raises SheetError, ExportError."""
    table = read_sheet(path)
    try:
        rows = _rows(table.text, table.delimiter)
    except csv.Error as error:
        raise ExportError(f"{path}: expected a CSV as the LMS exports it, found: {error}") from error
    if not rows:
        raise ExportError(f"{path}: expected a CSV with a header, found an empty file")
    newline = "\r\n" if table.text.partition("\n")[0].endswith("\r") else "\n"
    return LmsTable(rows[0], tuple(rows[1:]), table.delimiter, newline, table)


def _rows(text: str, delimiter: str) -> list[LmsRow]:
    read: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            read.append(line)
            yield line

    rows = []
    for cells in csv.reader(lines(), delimiter=delimiter):
        rows.append(LmsRow(tuple(cells), "".join(read)))
        read.clear()
    return rows
