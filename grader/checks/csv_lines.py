"""Lines of a CSV file as students' programs and their spreadsheets write it, apart into cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

MARKS = ",;\t"
LOOKED_AT = 10_000


def csv_lines(text: str, *, strict: bool = True) -> Iterator[list[str]]:
    """The cells of each line, without blanks around them; empty lines are passed over.

    Cells are apart at what the first line has most of: commas, semicolons or tabs; at blanks, as NumPy writes arrays,
    where it has none of these and the second line has as many, with a digit in each. A comma between digits is a
    decimal comma beside semicolons or tabs. A spreadsheet's `sep=;` is passed over. Raises csv.Error for what is no
    CSV; without `strict`, quotes may stand anywhere.
    """
    plain = without_separator_line(text.removeprefix("\ufeff")).replace("\r\n", "\n").replace("\r", "\n")
    first, second = [*plain[:LOOKED_AT].lstrip().split("\n", 2), "", ""][:2]
    mark = _mark(first)
    if mark not in first and 1 < len(first.split()) == len(second.split()) and all(map(_has_digit, second.split())):
        lines: Iterator[list[str]] = (line.split() for line in plain.split("\n"))
    else:
        lines = csv.reader(io.StringIO(plain, newline=""), strict=strict, delimiter=mark, skipinitialspace=True)
    for row in lines:
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield cells


def _has_digit(cell: str) -> bool:
    return any(map(str.isdigit, cell))


def _mark(line: str) -> str:
    if ";" in line or "\t" in line:
        line = re.sub(r"(?<=\d),(?=\d)", "", line)
    return max(MARKS, key=line.count)


def without_separator_line(text: str) -> str:
    """The text without a first line `sep=;`, which tells a spreadsheet what is between the cells."""
    return re.sub(r"\A\s*\"?sep=.\"?\r?\n?", "", text, flags=re.IGNORECASE)
