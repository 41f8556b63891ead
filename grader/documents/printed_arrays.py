"""Matrices that a program printed with brackets: `[[310, 20], [18, 330]]`, by numpy, torch or Python itself."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.documents.lines import Line, readable
from grader.documents.raw import PageBox

LONGEST = 6000  # characters of one matrix
_BEGINS = re.compile(r"[\[({]\s*[\[({]\s*(?=[-−+]?\.?\d)")
_INNER = re.compile(r"[\[({]([^\[\](){}]*)[\])}]")
_NUMBER = re.compile(r"[-−+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?%?")
_ONE = r"[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+\.?\d*|\.\d+)%?"
# A name that ends in a colon, perhaps with a number or brackets, and three numbers or more
_LABELLED = re.compile(
    rf"^\W*((?:\d+\W+)?[^\W\d_][\w -]*)\W*[:=]\s*\[?\s*({_ONE}(?:(?:,\s+|\s+){_ONE}){{2,}})\s*\]?,?\s*$"
)
LETTERS = 300  # of a line that is looked at for a row
FEWEST = 3  # rows, and numbers in each: fewer may be anything
_OPEN, _CLOSE = "[({", "])}"


@dataclass(frozen=True)
class Printed:
    """`rows` are R × C, `first` and `last` the indices of the lines that hold it; `said` stands before it."""

    rows: tuple[tuple[float, ...], ...]
    first: int
    last: int
    said: str
    percent: bool


def printed_arrays(lines: Sequence[Line]) -> Iterator[Printed]:
    """The bracketed matrices in lines of text, in order; one that a line's or a page's end divides is whole."""
    starts, text = _joined(lines)
    at = 0
    while (begin := _BEGINS.search(text, at)) is not None:
        end = _closed(text, begin.start())
        rows = _rows(text[begin.start() : end]) if end else None
        at = end if end and rows else begin.end()
        if rows and end:
            first, last = _line_at(starts, begin.start()), _line_at(starts, end - 1)
            said = readable(text[starts[first] : begin.start()]).strip()
            yield Printed(rows, first, last, said, "%" in text[begin.start() : end])


def labelled_rows(lines: Sequence[Line]) -> Iterator[Printed]:
    """Rows that a program printed one by one, each behind the name of its class: `boat: [310, 20, 18]`."""
    group: list[int] = []
    found = [_labelled(line) for line in lines]
    for index, row in enumerate([*found, None]):
        if group and (row is None or not _goes_on([found[one] for one in group], row)):
            if len(group) >= FEWEST:
                rows = [part for one in group if (part := found[one]) is not None]
                percent = any("%" in lines[one].text for one in group)
                yield Printed(tuple(part.values for part in rows), group[0], group[-1], "", percent)
            group = []
        group += [index] if row is not None else []


@dataclass(frozen=True)
class _Labelled:
    name: str
    values: tuple[float, ...]
    page: int


def _labelled(line: Line) -> _Labelled | None:
    row = _LABELLED.match(line.text) if len(line.text) <= LETTERS else None
    if row is None:
        return None
    parts = re.split(r",\s+|\s+", row[2].strip())
    return _Labelled(row[1].strip(), tuple(_value(part.replace(",", "")) for part in parts), line.page)


def _goes_on(group: Sequence[_Labelled | None], row: _Labelled) -> bool:
    """Whether a row belongs to those above it: as many numbers, another name, and no page between them."""
    known = [part for part in group if part is not None]
    last = known[-1]
    return (
        len(row.values) == len(last.values)
        and row.page - last.page <= 1
        and row.name not in (part.name for part in known)
    )


def _joined(lines: Sequence[Line]) -> tuple[list[int], str]:
    """Where in the text each line begins, and the text."""
    starts, parts, length = [], [], 0
    for line in lines:
        starts.append(length)
        parts.append(line.text)
        length += len(line.text) + 1
    return starts, "\n".join(parts)


def _line_at(starts: Sequence[int], place: int) -> int:
    return sum(start <= place for start in starts) - 1


def _closed(text: str, begin: int) -> int | None:
    """The end of what is opened at a place; None if anything but numbers stands in it, or nothing closes it."""
    depth = 0
    for place in range(begin, min(len(text), begin + LONGEST)):
        letter = text[place]
        depth += (letter in _OPEN) - (letter in _CLOSE)
        if depth == 0:
            return place + 1
        if depth > 2 or not (letter in "[](){}.,;%eE+-−" or letter.isdigit() or letter.isspace()):
            return None
    return None


def _rows(text: str) -> tuple[tuple[float, ...], ...] | None:
    """At least 2 × 2 numbers, as many in each row."""
    rows = tuple(tuple(_value(found[0]) for found in _NUMBER.finditer(row[1])) for row in _INNER.finditer(text))
    whole = len(rows) >= 2 and len(rows[0]) >= 2 and all(len(row) == len(rows[0]) for row in rows)
    return rows if whole else None


def _value(text: str) -> float:
    return float(text.replace("−", "-").rstrip("%"))


def around(lines: Sequence[Line], page: int) -> PageBox:
    """The box around those of some lines that stand on a page."""
    return functools.reduce(PageBox.union, (line.box for line in lines if line.page == page))
