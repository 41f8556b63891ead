"""Rows of numbers that stand in columns, wherever they are: tables, printed arrays, drawn matrices."""

from __future__ import annotations

import functools
import itertools
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.documents.lines import Line, LineRole, readable
from grader.documents.printed_arrays import Printed, around, labelled_rows, printed_arrays
from grader.documents.raw import PageBox, Word

NUMBER = re.compile(r"[\[(]*[-−+]?(?:(?:\d{1,3}(?:[,’']\d{3})+|\d+)(?:\.\d*)?(?:[eE][-+]?\d+)?%?|\.\d+)[\]),;]*")
FARTHEST, NEAREST = 110.0, 60.0  # points between two rows of a drawn matrix, and to the heads of its columns
NEAR, ABOVE, TITLES = 25.0, 90.0, 3  # points beside and above a matrix, and lines, where its title may stand
ALIKE, WIDER = 3.0, 1.25  # points between distances that are the same; times the others: a gap between two tables
LOOKED_AT = 12  # rows of a table, to see how far apart they are
APART = 1.6  # times the distance of rows: below a whole matrix, another one begins
SPACE = 0.45  # times the type size: the widest between the words of a text
FLUSH = 3.0  # points between the edges of numbers that are set flush
NOT_IN = (LineRole.MARGIN, LineRole.CONTENTS, LineRole.REFERENCE)


@dataclass(frozen=True)
class NumberTable:
    """`rows` are R × C; `row_labels` and `column_labels` are the texts beside and above, empty if there are none.

    `percent` tells that the numbers carry percent signs, `box` is around the numbers. Of a table that a page's end
    divides, `page` and `box` are of its first part, `tail` of its second. `said` stands before a printed one.
    """

    page: int
    box: PageBox
    rows: tuple[tuple[float, ...], ...]
    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    percent: bool = False
    tail: tuple[int, PageBox] | None = None
    said: str = ""

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
    start = 0
    found = sorted([*printed_arrays(usable), *labelled_rows(usable)], key=lambda printed: (printed.first, printed.last))
    for printed in found:
        if printed.first < start:
            continue
        yield from _in_columns(usable[start : printed.first])
        yield _from_printed(printed, usable[printed.first : printed.last + 1])
        start = printed.last + 1
    yield from _in_columns(usable[start:])


def _from_printed(printed: Printed, lines: Sequence[Line]) -> NumberTable:
    page, last = lines[0].page, lines[-1].page
    tail = (last, around(lines, last)) if last != page else None
    labels = ("",) * len(printed.rows)
    return NumberTable(page, around(lines, page), printed.rows, labels, (), printed.percent, tail, printed.said)


def _in_columns(usable: Sequence[Line]) -> Iterator[NumberTable]:
    """Tables by where numbers stand."""
    rows = [_Row(line, _numbers(line)) for line in usable]
    start = 0
    while start < len(rows):
        end, columns = _grow(rows, start)
        if _is_title(rows[start], rows[start + 1 : end]):
            start += 1
            continue
        members = _without_shares([row for row in rows[start:end] if _stands_in(row, columns)])
        columns = _without_ends_of_labels(members, columns)
        if len(members) >= 2 and len(columns) >= 2:
            for group in _side_by_side(columns):
                yield _table(usable, members, group, start, end)
            start = end
        else:
            start += 1


def _is_title(row: _Row, below: Sequence[_Row]) -> bool:
    """Whether a line is a title with numbers in it, `lr = 0.001, accuracy = 0.64`: words part them, and the rows below
    have more.
    """
    at = [place for place, word in enumerate(row.line.words) if word in row.numbers]
    inner = row.line.words[at[0] : at[-1]] if at else ()
    first = next((one for one in below if len(one.numbers) >= 2), None)
    parted = any(re.search(r"[^\W\d_]", word.text) for word in inner if word not in row.numbers)
    return parted and first is not None and len(first.numbers) > len(row.numbers)


def _numbers(line: Line) -> tuple[Word, ...]:
    """The numbers of a row; of `310 (77.5%)` in each cell, the first."""
    found = tuple(word for word in line.words if NUMBER.fullmatch(word.text))
    counts = tuple(word for word in found if "%" not in word.text)
    return counts if len(counts) >= 2 and 2 * len(counts) == len(found) else found


def _without_shares(rows: Sequence[_Row]) -> list[_Row]:
    """Rows without those of percentages between them, where each cell has its count and its share below."""
    shares = [all("%" in word.text for word in row.numbers) for row in rows]
    counts = [row for row, share in zip(rows, shares, strict=True) if not share]
    return counts if 2 * len(counts) == len(rows) else list(rows)


def _grow(rows: Sequence[_Row], start: int) -> tuple[int, list[PageBox]]:
    """The first row that does not stand below the same columns any more; the places of the columns' first numbers.

    A page's end divides a table of as many rows as columns, totals aside.
    """
    end, columns = _down(rows, start + 1, [word.box for word in rows[start].numbers])
    if end < len(rows) and len(columns) >= 3 and rows[end].line.page == rows[end - 1].line.page + 1:
        first = sum(_stands_in(row, columns) for row in rows[start:end])
        last, kept = _down(rows, end, columns, page=rows[end].line.page)
        second = sum(_stands_in(row, columns) for row in rows[end:last])
        square = abs(first + second - len(columns)) <= 1 and max(first, second) < len(columns)
        if second and square and len(kept) == len(columns):
            return last, columns
    return end, columns


def _down(rows: Sequence[_Row], end: int, columns: list[PageBox], page: int | None = None) -> tuple[int, list[PageBox]]:
    """Go on as long as rows stand below these columns; with `page`, from its first row on."""
    before, last, members = rows[end - 1].line, end, [rows[end - 1]]
    while end < len(rows) and len(columns) >= 2:
        row = rows[end]
        gap = row.line.box.top - before.box.bottom
        on_top = page is not None and (row.line.page, before.page) == (page, page - 1)
        if not on_top and not (row.line.page == before.page and -2.0 < gap < FARTHEST):
            break
        if page is None and _starts_again(members, row):
            break
        end += 1
        kept = [column for column in columns if _at(row, column) is not None]
        if len(kept) >= 2 and len(kept) >= 0.6 * len(columns) and not _is_sentence(row):
            before, last, columns = row.line, end, kept
            members.append(row)
        elif on_top or not (_is_beside(row, columns) or _is_rule(row)):
            break
    return last, columns


def _starts_again(above: Sequence[_Row], row: _Row) -> bool:
    """Whether another table begins: with the same head or label as this one, or after a gap below a whole square."""
    first = above[0]
    heads = [word.text for word in row.numbers] == [word.text for word in first.numbers] and _counts_up(first.numbers)
    label = _label(row)
    again = label and label == _label(first) and any(_label(other) != label for other in above)
    if len(above) >= 2 and (heads or again):
        return True
    pitches = [after.line.box.top - before.line.box.top for before, after in itertools.pairwise(above[:LOOKED_AT])]
    gap = row.line.box.top - above[-1].line.box.top
    return len(above) >= len(row.numbers) >= 3 and gap > APART * statistics.median(pitches)


def _counts_up(numbers: Sequence[Word]) -> bool:
    values = [word.text for word in numbers]
    return values in ([str(n) for n in range(len(values))], [str(n + 1) for n in range(len(values))])


def _label(row: _Row) -> str:
    """The words before the first number of a row."""
    words = itertools.takewhile(lambda word: word not in row.numbers, row.line.words)
    return " ".join(word.text for word in words if re.search(r"[^\W\d_]", word.text))


def _stands_in(row: _Row, columns: Sequence[PageBox]) -> bool:
    """Whether a line is a row of these columns, and not one beside them."""
    return sum(_at(row, column) is not None for column in columns) >= 2


def _is_beside(row: _Row, columns: Sequence[PageBox]) -> bool:
    """Whether a line is the rest of a label that was too long for its cell, or a tick of a colour bar."""
    box = row.line.box
    return len(row.line.words) == 1 and (box.right < columns[0].left or box.left > columns[-1].right)


def _is_sentence(row: _Row) -> bool:
    return sum(re.search(r"\w", word.text) is not None for word in row.line.words) - len(row.numbers) > 6


def _is_rule(row: _Row) -> bool:
    """Whether a line is drawn with letters, as `+-----+-----+` between the rows of a printed table."""
    return re.fullmatch(r"[\W_]+", row.line.text) is not None


def _at(row: _Row, column: PageBox) -> Word | None:
    """The number of a row that stands in a column: below its centre, or flush with it."""
    found = [word for word in row.numbers if _aligned(word.box, column)]
    return min(found, key=lambda word: abs(word.box.centre[0] - column.centre[0])) if found else None


def _without_ends_of_labels(rows: Sequence[_Row], columns: list[PageBox]) -> list[PageBox]:
    """The columns without a first one whose numbers end the labels of all rows: `Net, depth 32`."""
    if len(columns) < 3 or not all(_ends_label(row, columns[0]) for row in rows):
        return columns
    return columns[1:]


def _ends_label(row: _Row, column: PageBox) -> bool:
    number = _at(row, column)
    return number is not None and _follows_a_word(row, number)


def _follows_a_word(row: _Row, number: Word) -> bool:
    """Whether a number stands as close to the word before it as the words of a text do."""
    at = row.line.words.index(number)
    before = row.line.words[at - 1] if at else None
    if before is None or not re.search(r"[^\W\d_]", before.text):
        return False
    return number.box.left - before.box.right < SPACE * row.line.size


def _aligned(box: PageBox, column: PageBox) -> bool:
    centred = abs(box.centre[0] - column.centre[0]) < max(7.0, 0.6 * box.width)
    return centred or min(abs(box.right - column.right), abs(box.left - column.left)) < FLUSH


def _side_by_side(columns: Sequence[PageBox]) -> list[list[PageBox]]:
    """Columns with a gap between them that is much wider than the others are of different tables, and so are those
    that repeat the distances of the columns before.
    """
    gaps = [after.centre[0] - before.centre[0] for before, after in itertools.pairwise(columns)]
    for count in range(2, len(columns) // 2 + 1):
        if len(columns) % count == 0 and _repeats(gaps, len(columns) // count):
            size = len(columns) // count
            return [list(columns[at : at + size]) for at in range(0, len(columns), size)]
    usual = statistics.median(gaps)
    groups = [[columns[0]]]
    for gap, column in zip(gaps, columns[1:], strict=True):
        if gap > 2.2 * usual and len(columns) > 3:
            groups.append([])
        groups[-1].append(column)
    return [group for group in groups if len(group) >= 2]


def _repeats(gaps: Sequence[float], size: int) -> bool:
    """Whether each `size` columns stand like the first ones, and wider gaps part them."""
    parting, inner = gaps[size - 1 :: size], [gap for at, gap in enumerate(gaps) if (at + 1) % size]
    alike = all(abs(gap - inner[at % (size - 1)]) < ALIKE for at, gap in enumerate(inner))
    return size >= 3 and alike and min(parting) > WIDER * max(inner)


def _table(
    lines: Sequence[Line], rows: Sequence[_Row], columns: Sequence[PageBox], start: int, end: int
) -> NumberTable:
    cells = [[word for column in columns if (word := _at(row, column)) is not None] for row in rows]
    page, last = rows[0].line.page, rows[-1].line.page
    box = _around(cells, rows, page)
    labels = tuple(_beside(row, cells[index], box) for index, row in enumerate(rows))
    above = lines[start - 1] if start else None
    below = lines[end] if end < len(lines) else None
    heads = _heads(above, columns, box) or (_heads(below, columns, box) if last == page else ())
    values = tuple(tuple(_value(word.text) for word in row) for row in cells)
    percent = any("%" in word.text for row in cells for word in row)
    tail = (last, _around(cells, rows, last)) if last != page else None
    return NumberTable(page, box, values, labels, heads, percent, tail, _said(lines, start, columns, box))


def _said(lines: Sequence[Line], start: int, columns: Sequence[PageBox], box: PageBox) -> str:
    """What stands right above the columns and is no prose: a title of one of several matrices."""
    above = [
        line
        for line in lines[max(0, start - TITLES) : start]
        if line.page == lines[start].page
        and 0 <= box.top - line.box.bottom < ABOVE
        and line.role not in (LineRole.CAPTION, LineRole.PROSE)
    ]
    left, right = columns[0].left - NEAR, columns[-1].right + NEAR
    words = [word.text for line in above for word in line.words if left < word.box.centre[0] < right]
    return readable(" ".join(words))[:200]


def _around(cells: Sequence[Sequence[Word]], rows: Sequence[_Row], page: int) -> PageBox:
    """The box around the numbers on one page."""
    boxes = [word.box for words, row in zip(cells, rows, strict=True) if row.line.page == page for word in words]
    return functools.reduce(PageBox.union, boxes)


def _beside(row: _Row, cells: Sequence[Word], box: PageBox) -> str:
    """The text left of a row's numbers."""
    left = [word for word in row.line.words if word.box.right < cells[0].box.left]
    words = [word for word in left if word not in row.numbers or _follows_a_word(row, word)]
    return readable(" ".join(word.text for word in words if word.box.right > box.left - 200))[:80].strip(" |:")


def _heads(line: Line | None, columns: Sequence[PageBox], box: PageBox) -> tuple[str, ...]:
    """The words that stand above (or below) the columns, if they do so one by one."""
    if line is None or line.role is LineRole.CAPTION:
        return ()
    if min(abs(line.box.top - box.bottom), abs(box.top - line.box.bottom)) > NEAREST:
        return ()
    centres = [column.centre[0] for column in columns]
    half = 0.5 * min(after - before for before, after in itertools.pairwise(centres))
    found = [[word.text for word in line.words if abs(word.box.centre[0] - centre) < half] for centre in centres]
    return tuple(readable(" ".join(part))[:40] for part in found) if all(found) else ()


def _value(text: str) -> float:
    return float(re.sub(r"[\[\](),;%’']", "", text.replace("−", "-").replace("+", "")).rstrip(".") or "nan")
