"""Words → lines in reading order, columns one after the other."""

from __future__ import annotations

import itertools
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from grader.documents.raw import TURNED, Page, PageBox, Word

_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u00a0": " "}
)
_BOLD = re.compile(r"bold|black|heavy|semib|demi|CMBX|CMB\d|SFBX|-Medi\b|,b\b", re.IGNORECASE)
_ITALIC = re.compile(r"ital|obli|slant|CMTI|CMSL|SFTI", re.IGNORECASE)
_MONO = re.compile(
    r"mono|cour|consol|menlo|CMTT|SFTT|typewriter|\bcode|inconsol|fixed pitch|NimbusMon|hack|monaco", re.IGNORECASE
)
_IDEOGRAPH = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef]")
FEW_ACROSS = 0.2  # of a page's lines: so many may run across both of its columns
CELL_GAP = 1.6  # times the type size: a wider gap separates the cells of a table


class LineRole(StrEnum):
    """What a line is."""

    PROSE = "prose"
    HEADING = "heading"
    CAPTION = "caption"
    FIGURE_TEXT = "text in figures"
    TABLE = "table"
    CODE = "code"
    EQUATION = "displayed equations"
    REFERENCE = "references"
    MARGIN = "headers and footers"
    CONTENTS = "table of contents"
    HIDDEN = "hidden text"


@dataclass(frozen=True)
class Line:
    """A line of one column. `cells` are its parts with wide gaps between them."""

    page: int
    box: PageBox
    words: tuple[Word, ...]
    column: PageBox
    text: str = ""
    size: float = 0.0
    bold: bool = False
    italic: bool = False
    mono: bool = False
    role: LineRole = LineRole.PROSE
    cells: tuple[str, ...] = field(default=())

    @property
    def full(self) -> bool:
        """Whether it reaches to the right edge of its column, as all lines of a paragraph but the last do."""
        return self.box.right > self.column.right - 0.12 * self.column.width


def readable(text: str) -> str:
    """Text without ligatures and soft hyphens within."""
    return text.translate(_LIGATURES)


def document_lines(pages: Sequence[Page], drawn: Mapping[int, Sequence[PageBox]]) -> list[list[Line]]:
    """The lines of each page in reading order. Where columns are is told by the words outside of what is `drawn`.

    A page with too little text to show its columns has those of the others.
    """
    outside = {page.number: _all_segments(_outside(page, drawn[page.number])) for page in pages}
    gutters = {page.number: _gutter(page, outside[page.number]) for page in pages}
    known = Counter(round(gutter) for gutter in gutters.values() if gutter is not None)
    usual = known.most_common(1)[0][0] if known else None
    for page in pages:
        if gutters[page.number] is None and usual and _may_be_parted(outside[page.number], usual):
            gutters[page.number] = usual
    return [page_lines(page, gutters[page.number]) for page in pages]


def _readable_words(page: Page) -> list[Word]:
    return [word for word in page.words if not word.marks & TURNED and word.text.strip("\xad")]


def _outside(page: Page, drawn: Sequence[PageBox]) -> list[Word]:
    return [word for word in _readable_words(page) if not any(box.holds(word.box) for box in drawn)]


def _all_segments(words: Sequence[Word]) -> list[list[Word]]:
    return [segment for row in _rows(words) for segment in _segments(row)]


def _may_be_parted(segments: Sequence[Sequence[Word]], gutter: float) -> bool:
    """Whether hardly a line of a page runs across the gap between two columns."""
    boxes = [_bounds(segment) for segment in segments if len(segment) >= 3]
    crossing = sum(box.left < gutter - 8 and box.right > gutter + 8 for box in boxes)
    return bool(boxes) and crossing <= FEW_ACROSS * len(boxes)


def page_lines(page: Page, gutter: float | None) -> list[Line]:
    """The lines of a page with a `gutter` between its columns, or None."""
    segments = _all_segments(_readable_words(page))
    if not segments:
        return []
    if gutter is None:
        return _stacked(page, segments, _around(segments))
    return [line for column in _columns(segments, gutter) for line in _stacked(page, column, _around(column))]


def _rows(words: Sequence[Word]) -> list[list[Word]]:
    """Words that stand on one height, left to right; superscripts stay with their line."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word.box.bottom, word.box.left)):
        row = next((row for row in reversed(rows[-6:]) if _same_height(row, word)), None)
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    return [sorted(row, key=lambda word: word.box.left) for row in rows]


def _same_height(row: Sequence[Word], word: Word) -> bool:
    other = row[0].box
    overlap = min(other.bottom, word.box.bottom) - max(other.top, word.box.top)
    return overlap > 0.55 * min(other.height, word.box.height) and overlap > 0


def _segments(row: Sequence[Word]) -> list[list[Word]]:
    """Parts of a row that one column may hold: split at wide gaps, and at gaps where the file does not go on."""
    parts: list[list[Word]] = [[row[0]]]
    for before, word in itertools.pairwise(row):
        size = max(before.size, word.size, 4.0)
        gap = word.box.left - before.box.right
        jumps = abs(word.order - before.order) > 1
        if gap > 2.5 * size or (gap > 0.7 * size and jumps):
            parts.append([])
        parts[-1].append(word)
    return parts


def _bounds(words: Iterable[Word]) -> PageBox:
    boxes = [word.box for word in words]
    return PageBox(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _around(segments: Sequence[Sequence[Word]]) -> PageBox:
    """The column's edges: where most long lines begin and end."""
    boxes = [_bounds(segment) for segment in segments]
    longest = max(box.width for box in boxes)
    long = [box for box in boxes if box.width > 0.6 * longest]
    return PageBox(
        statistics.median_low([box.left for box in long]),
        min(box.top for box in boxes),
        max(box.right for box in long),
        max(box.bottom for box in boxes),
    )


def _gutter(page: Page, segments: Sequence[Sequence[Word]]) -> float | None:
    """The x between two columns of text, or None."""
    texts = [_bounds(segment) for segment in segments if len(segment) >= 3]
    best: tuple[int, float] | None = None
    for left in sorted({round(box.left) for box in texts if 0.3 * page.width < box.left < 0.7 * page.width}):
        edge = left - 2.0
        starting = [box for box in texts if box.left >= edge]
        before = [box for box in texts if box.right <= edge + 1]
        crossing = [box for box in texts if box.left < edge and box.right > edge + 1]
        aligned = [box for box in starting if box.left < edge + 6]
        beside = [box for box in aligned if any(_level(box, other) for other in before)]
        wide = statistics.median([box.width for box in aligned]) > 0.25 * page.width if aligned else False
        apart = max(box.width for box in starting) > 0.25 * page.width and _apart(page, aligned, before, crossing)
        enough = len(before) >= 5 and ((wide and len(beside) >= 5) or apart)
        if enough and len(crossing) <= 0.4 * len(texts) and (best is None or len(beside) > best[0]):
            best = (len(beside), edge)
    return best[1] if best else None


def _apart(page: Page, right: Sequence[PageBox], left: Sequence[PageBox], crossing: Sequence[PageBox]) -> bool:
    """Whether two columns are plain without lines side by side: a figure may fill one where the other has text."""
    if min(len(left), len(right)) < 8 or statistics.median([box.width for box in left]) < 0.25 * page.width:
        return False
    overlap = min(box.top for box in right) < max(box.bottom for box in left)
    top = min(box.top for box in (*left, *right))
    return overlap and all(box.bottom <= top for box in crossing)


def _level(box: PageBox, other: PageBox) -> bool:
    return min(box.bottom, other.bottom) - max(box.top, other.top) > -4 * box.height


def _columns(segments: Sequence[list[Word]], gutter: float) -> list[list[list[Word]]]:
    """Groups of segments in reading order: what spans the page ends the columns above it."""
    groups: list[list[list[Word]]] = []
    left: list[list[Word]] = []
    right: list[list[Word]] = []
    spanning: list[list[Word]] = []

    def flush() -> None:
        groups.extend(part for part in (left, right) if part)

    for segment in segments:
        box = _bounds(segment)
        if box.left < gutter - 8 and box.right > gutter + 8:
            if left or right:
                flush()
                left, right = [], []
            spanning.append(segment)
            continue
        if spanning:
            groups.append(spanning)
            spanning = []
        (left if box.centre[0] < gutter else right).append(segment)
    flush()
    return [*groups, spanning] if spanning else groups


def _stacked(page: Page, segments: Sequence[Sequence[Word]], column: PageBox) -> list[Line]:
    """The lines of one column, top to bottom; what stands on one height is one line."""
    words = [word for segment in segments for word in segment]
    return [line_of(page.number, row, column) for row in _rows(words)]


def line_of(page: int, words: Sequence[Word], column: PageBox) -> Line:
    """A line of words that stand on one height in a column of a page, left to right."""
    letters = max(1, sum(len(word.text) for word in words))
    cells = [readable(" ".join(word.text for word in cell)) for cell in _cells(words)]
    largest = statistics.median([word.size for word in words for _ in word.text[:20]])
    return Line(
        page,
        _bounds(words),
        tuple(words),
        column,
        " ".join(cells),
        largest,
        _share(words, _BOLD) > 0.8 * letters,
        _share(words, _ITALIC) > 0.8 * letters,
        _is_mono(words),
        cells=tuple(cells),
    )


def _is_mono(words: Sequence[Word]) -> bool:
    """Whether most letters are of a typewriter face; ideographs are all of one width in any."""
    latin = [word for word in words if not _IDEOGRAPH.search(word.text)]
    return _share(latin, _MONO) > 0.6 * sum(len(word.text) for word in words)


def _share(words: Sequence[Word], pattern: re.Pattern[str]) -> int:
    return sum(len(word.text) for word in words if pattern.search(word.font))


def _cells(words: Sequence[Word]) -> list[list[Word]]:
    parts: list[list[Word]] = [[words[0]]]
    for before, word in itertools.pairwise(words):
        if word.box.left - before.box.right > CELL_GAP * max(before.size, word.size, 4.0):
            parts.append([])
        parts[-1].append(word)
    return parts
