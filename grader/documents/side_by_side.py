"""Captions beside each other in one row, as below pictures in a table: each is read on its own."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from grader.documents.labels import begins_marked
from grader.documents.lines import Line, line_of
from grader.documents.raw import PageBox, Word
from grader.documents.typography import Typography

GAP = 0.6  # times the type size: what parts two captions at least
CLEAR = 1.8  # times the other gaps of a row
LONGEST = 12  # rows of a caption


@dataclass
class _Part:
    """One of several captions in a row: its first row's box, and its rows."""

    first: PageBox
    rows: list[list[Word]]


def parted(lines: Sequence[Line], type_: Typography) -> list[Line]:
    """The lines of a page, those of captions beside each other one caption after the other."""
    out: list[Line] = []
    index = 0
    while index < len(lines):
        starts = _starts(lines[index])
        if len(starts) < 2:
            out.append(lines[index])
            index += 1
            continue
        found, index = _block(lines, index, starts, type_)
        out += found
    return out


def _starts(line: Line) -> list[int]:
    """Where captions begin in a row: at its first word, and after gaps."""
    if not begins_marked(line.text):
        return []
    gaps = [after.box.left - before.box.right > GAP * line.size for before, after in pairwise(line.words)]
    texts = [word.text for word in line.words]
    return [0, *(at for at, wide in enumerate(gaps, 1) if wide and begins_marked(" ".join(texts[at : at + 4])))]


def _block(lines: Sequence[Line], index: int, starts: Sequence[int], type_: Typography) -> tuple[list[Line], int]:
    """The lines of the captions that begin in one row, and the index of the line after them."""
    words = lines[index].words
    rows = [list(words[start:end]) for start, end in zip(starts, (*starts[1:], len(words)), strict=True)]
    parts = [_Part(_bounds(row), [row]) for row in rows]
    last = index
    while last + 1 < len(lines) and last - index < LONGEST and _follows(lines[last], lines[last + 1], type_):
        divided = _divided(lines[last + 1], parts)
        if divided is None:
            break
        for part, row in zip(parts, divided, strict=True):
            if row:
                part.rows.append(row)
        last += 1
    return [line for part in parts for line in _lines_of(part, lines[index].page)], last + 1


def _follows(above: Line, line: Line, type_: Typography) -> bool:
    close = -0.9 < (line.box.top - above.box.bottom) / line.size < type_.widest
    return close and above.page == line.page and abs(above.size - line.size) < 0.5 and not begins_marked(line.text)


def _divided(line: Line, parts: Sequence[_Part]) -> list[list[Word]] | None:
    """The words of a row by the caption that they continue; None if it runs on below all of them."""
    gaps = [after.box.left - before.box.right for before, after in pairwise(line.words)]
    edges = []
    for left, right in pairwise(parts):
        if (edge := _edge(line, gaps, left.first.centre[0], right.first.centre[0])) is None:
            return None
        edges.append(edge)
    places = [sum(word.box.centre[0] > edge for edge in edges) for word in line.words]
    return [[word for word, place in zip(line.words, places, strict=True) if place == at] for at in range(len(parts))]


def _edge(line: Line, gaps: Sequence[float], low: float, high: float) -> float | None:
    """The x at which a row is parted between the middles of two captions."""
    between = [at for at in range(len(gaps)) if low < _middle(line.words, at) < high]
    widest = max(between, key=lambda at: gaps[at], default=None)
    if widest is not None and _is_clear(gaps, widest, line.size):
        return _middle(line.words, widest)
    middle = (low + high) / 2
    beside = line.box.right <= high - 1 and line.box.centre[0] < middle, line.box.left >= low + 1
    if beside[0]:
        return max(middle, line.box.right + 1)
    return min(middle, line.box.left - 1) if beside[1] and line.box.centre[0] > middle else None


def _is_clear(gaps: Sequence[float], widest: int, size: float) -> bool:
    """Whether a gap parts captions: it is wide, and wider than those between the other words, if there are more."""
    others = [gap for at, gap in enumerate(gaps) if at != widest]
    return gaps[widest] > max(GAP * size, CLEAR * statistics.median(others) if others else 0.0)


def _middle(words: Sequence[Word], at: int) -> float:
    return (words[at].box.right + words[at + 1].box.left) / 2


def _lines_of(part: _Part, page: int) -> list[Line]:
    column = _bounds([word for row in part.rows for word in row])
    return [line_of(page, row, column) for row in part.rows]


def _bounds(words: Sequence[Word]) -> PageBox:
    box = words[0].box
    for word in words[1:]:
        box = box.union(word.box)
    return box
