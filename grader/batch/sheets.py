"""Rows of a CSV file by the names of its columns, as spreadsheets of several countries write them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.batch.marking import MarkingError
from grader.gradebook.csv import without_apostrophe
from grader.spreadsheets import Sheet, read_sheet

MOST_ROWS, MOST_CELL, MOST_BYTES = 100_000, 20_000, 50 << 20


def read_rows(path: Path, needed: Sequence[str], optional: Sequence[str] = ()) -> Iterator[tuple[int, dict[str, str]]]:
    """Line numbers and cells, without empty rows. Raises MarkingError for missing columns or what is no CSV."""
    if path.stat().st_size > MOST_BYTES:
        raise MarkingError(f"{path}: expected at most {MOST_BYTES >> 20} MiB")
    return rows_of(read_sheet(path), needed, optional, where=f"{path}: ")


def rows_of(
    table: Sheet, needed: Sequence[str], optional: Sequence[str] = (), *, where: str = "", hint: str = ""
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line numbers and cells of a sheet, without empty rows. `where` begins what is said of it; `hint` tells what to
    do about missing columns. Raises MarkingError as `read_rows`.
    """
    csv.field_size_limit(MOST_CELL)
    reader = csv.DictReader(io.StringIO(table.text, newline=""), delimiter=table.delimiter, strict=True)
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        if missing := [name for name in needed if name not in names]:
            found = f"{where}line 1: expected the columns {', '.join(needed)}; not found: {', '.join(missing)}"
            raise MarkingError(f"{found}\nhint: {hint}" if hint else found)
        reader.fieldnames = names
        for row in reader:
            if reader.line_num > MOST_ROWS:
                raise MarkingError(f"{where}expected at most {MOST_ROWS} lines")
            cells = {name: without_apostrophe(row.get(name) or "") for name in (*needed, *optional)}
            if any(cell.strip() for cell in cells.values()):
                yield reader.line_num + table.first_line - 1, cells
    except csv.Error as error:
        raise MarkingError(f"{where}line {reader.line_num}: expected a CSV file, found {error}") from None
