"""Matrices that a program printed with brackets: `[[310, 20], [18, 330]]`, by numpy, torch or Python itself."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.documents.lines import Line, readable
from grader.documents.raw import Box

LONGEST = 6000  # characters of one matrix
_BEGINS = re.compile(r"[\[({]\s*[\[({]\s*(?=[-−+]?\.?\d)")
_INNER = re.compile(r"[\[({]([^\[\](){}]*)[\])}]")
_NUMBER = re.compile(r"[-−+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?%?")
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


def around(lines: Sequence[Line], page: int) -> Box:
    """The box around those of some lines that stand on a page."""
    return functools.reduce(Box.union, (line.box for line in lines if line.page == page))
