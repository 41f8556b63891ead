"""The words of a PDF page with their places, sizes and fonts, as PDFium sees them."""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

MAX_PAGE_CHARACTERS = 60_000
INVISIBLE, WHITE, TURNED = 1, 2, 4  # bits of a word's mark
OBLIQUE = 4
_INVISIBLE_MODES = (3, 7)  # "neither fill nor stroke", and clipping alone (PDF 2.0, table 104)
_HYPHENS = {0x02: "\xad", 0xFFFE: "\xad"}  # what PDFium calls a hyphen at the end of a line


@dataclass
class Words:
    """Parallel lists, in the order of the file; `boxes` are left, bottom, right, top in the page's own space.

    `sizes` are in points, `fonts` index `font_names`.
    """

    texts: list[str] = field(default_factory=list)
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    fonts: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    quarters: list[int] = field(default_factory=list)  # turns by 90 degrees clockwise; OBLIQUE: none of them
    font_names: list[str] = field(default_factory=list)
    characters: int = 0
    cut: bool = False

    @property
    def quarter(self) -> int:
        """How most of the page's letters are turned."""
        letters: Counter[int] = Counter()
        for text, quarter in zip(self.texts, self.quarters, strict=True):
            letters[quarter] += len(text)
        return next((quarter for quarter, _ in letters.most_common() if quarter != OBLIQUE), 0)

    def mark_turned(self) -> None:
        """Mark the words that are turned against the others."""
        usual = self.quarter
        self.marks = [
            mark | (TURNED if quarter != usual else 0) for mark, quarter in zip(self.marks, self.quarters, strict=True)
        ]


class _Look(NamedTuple):
    """What all letters of one text object share."""

    size: float
    font: int
    marks: int
    quarter: int


class _Glyph(NamedTuple):
    text: str
    box: tuple[float, float, float, float]
    look: _Look


def read_words(page: pypdfium2.PdfPage, room: int) -> Words:
    """The page's words, at most `room` characters of them."""
    found = Words()
    textpage = page.get_textpage()
    try:
        count = textpage.count_chars()
        limit = min(count, room, MAX_PAGE_CHARACTERS)
        found.cut = limit < count
        found.characters = limit
        _Reader(textpage, found).read(limit)
        found.mark_turned()
    finally:
        textpage.close()
    return found


class _Reader:
    def __init__(self, page: Any, found: Words) -> None:
        self.page, self.found = page, found
        self.fonts: dict[bytes, int] = {}
        self.word: list[_Glyph] = []
        self.last: tuple[int, _Look] | None = None  # the text object that was looked at last, by its address
        self.loose, self.matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
        self.name, self.flags = ctypes.create_string_buffer(256), ctypes.c_int()
        self.colour = [ctypes.c_uint() for _ in range(4)]

    def read(self, limit: int) -> None:
        index = 0
        while index < limit:
            code = pdfium.FPDFText_GetUnicode(self.page, index)
            step = 1
            if 0xD800 <= code < 0xDC00 and index + 1 < limit:
                low = pdfium.FPDFText_GetUnicode(self.page, index + 1)
                code, step = _joined(code, low)
            text = _HYPHENS.get(code) or _character(code)
            if text.isspace() or not text:
                self.finish()
            else:
                self.add(self.glyph(index, text))
            index += step
        self.finish()

    def glyph(self, index: int, text: str) -> _Glyph:
        loose = self.loose
        pdfium.FPDFText_GetLooseCharBox(self.page, index, loose)
        box = (loose.left, loose.bottom, loose.right, loose.top)
        return _Glyph(text, _finite(box), self.look(index))

    def look(self, index: int) -> _Look:
        item = pdfium.FPDFText_GetTextObject(self.page, index)
        if not item:  # what PDFium puts in by itself
            return self.look_of(index, item)
        address = ctypes.addressof(item.contents)
        if self.last is None or self.last[0] != address:
            self.last = (address, self.look_of(index, item))
        return self.last[1]

    def look_of(self, index: int, item: Any) -> _Look:
        pdfium.FPDFText_GetMatrix(self.page, index, self.matrix)
        scale = math.hypot(self.matrix.c, self.matrix.d) or 1.0
        size = pdfium.FPDFText_GetFontSize(self.page, index) * scale
        size = size if math.isfinite(size) else 0.0
        quarter = _quarter(pdfium.FPDFText_GetCharAngle(self.page, index))
        return _Look(size, self.font(index), self.marks(index, item), quarter)

    def font(self, index: int) -> int:
        length = pdfium.FPDFText_GetFontInfo(self.page, index, self.name, len(self.name), self.flags)
        raw = self.name.raw[: max(0, min(length, len(self.name)) - 1)]
        if raw not in self.fonts and len(self.fonts) < 200:
            self.fonts[raw] = len(self.fonts)
            fixed = " (fixed pitch)" if self.flags.value & 1 else ""
            self.found.font_names.append(raw.decode("utf-8", "replace") + fixed)
        return self.fonts.get(raw, 0)

    def marks(self, index: int, item: Any) -> int:
        found = 0
        if item and pdfium.FPDFTextObj_GetTextRenderMode(item) in _INVISIBLE_MODES:
            found |= INVISIBLE
        if pdfium.FPDFText_GetFillColor(self.page, index, *self.colour):
            red, green, blue, alpha = (part.value for part in self.colour)
            if alpha < 16 or min(red, green, blue) > 245:
                found |= WHITE
        return found

    def add(self, glyph: _Glyph) -> None:
        if self.word and not _continues(self.word[-1], glyph):
            self.finish()
        self.word.append(glyph)

    def finish(self) -> None:
        word, self.word = self.word, []
        if not word:
            return
        left, bottom, right, top = zip(*(glyph.box for glyph in word), strict=True)
        first = word[0].look
        self.found.texts.append("".join(glyph.text for glyph in word)[:500])
        self.found.boxes.append((min(left), min(bottom), max(right), max(top)))
        self.found.sizes.append(max(glyph.look.size for glyph in word))
        self.found.fonts.append(first.font)
        self.found.marks.append(first.marks)
        self.found.quarters.append(first.quarter)


def _quarter(angle: float) -> int:
    """An angle in radians, clockwise, in quarters of a turn."""
    turns = angle / (math.pi / 2) if math.isfinite(angle) else 0.0
    return round(turns) % 4 if abs(turns - round(turns)) < 0.06 else OBLIQUE


def _joined(high: int, low: int) -> tuple[int, int]:
    if 0xDC00 <= low < 0xE000:
        return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00), 2
    return 0xFFFD, 1


def _character(code: int) -> str:
    if code < 0x20 or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return " " if code < 0x20 else "\ufffd"
    return chr(code)


def _finite(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    return box if all(map(math.isfinite, box)) else (0.0, 0.0, 0.0, 0.0)


def _continues(before: _Glyph, glyph: _Glyph) -> bool:
    """Whether a glyph stands right beside the one before it. Writing that is turned is left as PDFium has it."""
    if before.look.quarter or glyph.look.quarter:
        return True
    size = max(before.look.size, glyph.look.size, 1.0)
    gap = glyph.box[0] - before.box[2]
    return -2 * size < gap < 0.6 * size and abs(glyph.box[1] - before.box[1]) < 0.9 * size
