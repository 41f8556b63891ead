"""Rows of numbers that stand in columns, wherever they are: tables, printed arrays, drawn matrices."""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.documents.lines import Line, Role, readable
from grader.documents.raw import Box, Word

NUMBER = re.compile(r"[\[(]*[-−+]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][-+]?\d+)?%?|\.\d+)[\]),;]*")
FARTHEST, NEAREST = 110.0, 60.0  # points between two rows of a drawn matrix, and to the heads of its columns
NOT_IN = (Role.MARGIN, Role.CONTENTS, Role.REFERENCE)


@dataclass(frozen=True)
class NumberTable:
    """`rows` are R × C; `row_labels` and `column_labels` are the texts beside and above, empty if there are none.

    `percent` tells that the numbers carry percent signs, `box` is around the numbers.
    """

    page: int
    box: Box
    rows: tuple[tuple[float, ...], ...]
    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    percent: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.rows[0])


@dataclass(frozen=True)
class _Row:
    line: Line
    numbers: tuple[Word, ...]


def number_tables(lines: Sequence[Line]) -> Iterator[NumberTable]:
    """Tables of at least 2 × 2 numbers, in reading order."""
    usable = [line for line in lines if line.role not in NOT_IN]
    rows = [_Row(line, tuple(word for word in line.words if NUMBER.fullmatch(word.text))) for line in usable]
    start = 0
    while start < len(rows):
        end, columns = _grow(rows, start)
        if end - start >= 2 and len(columns) >= 2:
            for group in _side_by_side(columns):
                yield _table(usable, rows[start:end], group, start)
            start = end
        else:
            start += 1


def _grow(rows: Sequence[_Row], start: int) -> tuple[int, list[float]]:
    """The first row that is not below the same columns any more; the columns' centres."""
    columns = [word.box.centre[0] for word in rows[start].numbers]
    end = start + 1
    while end < len(rows) and len(columns) >= 2:
        before, row = rows[end - 1].line, rows[end]
        gap = row.line.box.top - before.box.bottom
        kept = [column for column in columns if _at(row, column) is not None]
        near = row.line.page == before.page and -2.0 < gap < FARTHEST and not _is_sentence(row)
        if not near or len(kept) < 2 or len(kept) < 0.6 * len(columns):
            break
        columns, end = kept, end + 1
    return end, columns


def _is_sentence(row: _Row) -> bool:
    return len(row.line.words) - len(row.numbers) > 6


def _at(row: _Row, column: float) -> Word | None:
    """The number of a row that stands in a column: below its centre, or flush with it."""
    found = [word for word in row.numbers if abs(word.box.centre[0] - column) < max(7.0, 0.6 * word.box.width)]
    return min(found, key=lambda word: abs(word.box.centre[0] - column)) if found else None


def _side_by_side(columns: Sequence[float]) -> list[list[float]]:
    """Columns with a gap between them that is much wider than the others are of different tables."""
    gaps = [after - before for before, after in itertools.pairwise(columns)]
    usual = statistics.median(gaps)
    groups = [[columns[0]]]
    for gap, column in zip(gaps, columns[1:], strict=True):
        if gap > 2.2 * usual and len(columns) > 3:
            groups.append([])
        groups[-1].append(column)
    return [group for group in groups if len(group) >= 2]


def _table(lines: Sequence[Line], rows: Sequence[_Row], columns: Sequence[float], start: int) -> NumberTable:
    cells = [[word for column in columns if (word := _at(row, column)) is not None] for row in rows]
    words = [word for row in cells for word in row]
    box = words[0].box
    for word in words[1:]:
        box = box.union(word.box)
    labels = tuple(_beside(row, cells[index], box) for index, row in enumerate(rows))
    above = lines[start - 1] if start else None
    below = lines[start + len(rows)] if start + len(rows) < len(lines) else None
    heads = _heads(above, columns, box) or _heads(below, columns, box)
    values = tuple(tuple(_value(word.text) for word in row) for row in cells)
    return NumberTable(rows[0].line.page, box, values, labels, heads, any("%" in word.text for word in words))


def _beside(row: _Row, cells: Sequence[Word], box: Box) -> str:
    """The text left of a row's numbers."""
    words = [word for word in row.line.words if word.box.right < cells[0].box.left and word not in cells]
    return readable(" ".join(word.text for word in words if word.box.right > box.left - 200))[:80].strip(" |:")


def _heads(line: Line | None, columns: Sequence[float], box: Box) -> tuple[str, ...]:
    """The words that stand above (or below) the columns, if they do so one by one."""
    if line is None or min(abs(line.box.top - box.bottom), abs(box.top - line.box.bottom)) > NEAREST:
        return ()
    half = 0.5 * min(after - before for before, after in itertools.pairwise(columns))
    found = [[word.text for word in line.words if abs(word.box.centre[0] - column) < half] for column in columns]
    return tuple(readable(" ".join(part))[:40] for part in found) if all(found) else ()


def _value(text: str) -> float:
    return float(re.sub(r"[\[\](),;%]", "", text.replace("−", "-").replace("+", "")).rstrip(".") or "nan")
