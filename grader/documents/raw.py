"""What came back of a PDF, read field by field: a page's words, images and drawings.

Frames come out of the sandbox from a parser of hostile files: a field that is not what `inside/document.py`
sends makes its page one that could not be read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.sandbox.protocol import Array, Frame

MAX_PAGES, MAX_WORDS = 200, 200_000
INVISIBLE, WHITE, TURNED = 1, 2, 4  # as in inside/document_text.py
_FARTHEST = 20_000.0  # points; PDF pages have at most 14,400


@dataclass(frozen=True)
class PageBox:
    """A rectangle in points from the page's upper left corner, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """In points, never negative."""
        return max(0.0, self.right - self.left)

    @property
    def height(self) -> float:
        """In points, never negative."""
        return max(0.0, self.bottom - self.top)

    @property
    def area(self) -> float:
        """Square points."""
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        """x and y."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def holds(self, other: PageBox, margin: float = 0.0) -> bool:
        """Whether the other's centre lies inside."""
        x, y = other.centre
        return self.left - margin <= x <= self.right + margin and self.top - margin <= y <= self.bottom + margin

    def union(self, other: PageBox) -> PageBox:
        """The smallest box around both."""
        return PageBox(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True)
class Word:
    """Letters without a space between them. `order` is its place in the file."""

    text: str
    box: PageBox
    size: float
    font: str
    marks: int
    order: int


@dataclass(frozen=True)
class Image:
    """A placed image; `pixels` are width and height of what is stored."""

    page: int
    box: PageBox
    pixels: tuple[int, int]


@dataclass(frozen=True)
class VectorGraphic:
    """A path: a line, a rectangle, a curve."""

    box: PageBox
    segments: int


@dataclass(frozen=True)
class Page:
    """One page, numbered from 1; `error` says why it is empty, `cut` that not all of it was read."""

    number: int
    width: float
    height: float
    words: tuple[Word, ...] = ()
    images: tuple[Image, ...] = ()
    drawings: tuple[VectorGraphic, ...] = ()
    cut: bool = False
    error: str | None = None


@dataclass(frozen=True)
class RawDocument:
    """The pages that were read of `page_count`, and why reading stopped before the end, if it did."""

    pages: tuple[Page, ...]
    page_count: int
    stopped: str | None
    title: str


class UnreadableDocument(Exception):
    """It is no PDF that can be read. `code` is one of empty, not_pdf, encrypted, damaged, no_pages, too_large,
    stopped; the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def parse_frames(frames: Sequence[Frame]) -> RawDocument:
    """The pages of one document's frames. Raises UnreadableDocument."""
    first = next((frame.header for frame in frames if frame.header.get("kind") == "document"), None)
    if first is None:
        raise UnreadableDocument("stopped", "the reader of PDFs stopped before it could open the file")
    if first.get("readable") is not True:
        raise UnreadableDocument(_text(first.get("code"), 40) or "damaged", _text(first.get("reason"), 300))
    pages = [_page(frame) for frame in frames if frame.header.get("kind") == "page"][:MAX_PAGES]
    end = next((frame.header for frame in frames if frame.header.get("kind") == "document_end"), None)
    count = first.get("pages")
    total = count if type(count) is int and 0 < count < 10**7 else len(pages)
    metadata = first.get("metadata")
    title = _text(metadata.get("Title"), 300) if isinstance(metadata, dict) else ""
    stopped = _text(end.get("stopped"), 300) or None if end else f"the reader stopped after page {len(pages)}"
    return RawDocument(tuple(pages), total, stopped, title)


def _page(frame: Frame) -> Page:
    header = frame.header
    number = header.get("number")
    number = number if type(number) is int and 0 < number < 10**7 else 0
    if header.get("error"):
        return Page(number, 0, 0, error=_text(header["error"], 300))
    try:
        return _whole_page(frame, number)
    except (KeyError, ValueError, TypeError, IndexError):
        return Page(number, 0, 0, error=f"page {number}: what came back of it makes no sense")


def _whole_page(frame: Frame, number: int) -> Page:
    width, height = (float(side) for side in frame.header["size"])
    if not (0 < width <= _FARTHEST and 0 < height <= _FARTHEST):
        raise ValueError("size")
    images = zip(_boxes(frame, "image"), frame.arrays["image.pixels"].tolist(), strict=True)
    drawings = zip(_boxes(frame, "path"), frame.arrays["path.segments"].tolist(), strict=True)
    return Page(
        number,
        width,
        height,
        _words(frame),
        tuple(Image(number, box, (int(pixels[0]), int(pixels[1]))) for box, pixels in images),
        tuple(VectorGraphic(box, int(segments)) for box, segments in drawings),
        frame.header.get("cut") is True,
    )


def _words(frame: Frame) -> tuple[Word, ...]:
    texts, fonts = _texts(frame.header["words"]), _texts(frame.header["font_names"])
    boxes, marks = _boxes(frame, "word"), frame.arrays["word.marks"].tolist()
    sizes, used = frame.arrays["word.size"].tolist(), frame.arrays["word.font"].tolist()
    if len(texts) > MAX_WORDS:
        raise ValueError("words")
    return tuple(
        Word(text, box, _size(size), fonts[font] if 0 <= font < len(fonts) else "", mark, order)
        for order, (text, box, size, font, mark) in enumerate(zip(texts, boxes, sizes, used, marks, strict=True))
    )


def _size(size: float) -> float:
    return size if math.isfinite(size) and size > 0 else 0.0


def _boxes(frame: Frame, name: str) -> list[PageBox]:
    array: Array = frame.arrays[f"{name}.box"]
    if array.ndim != 2 or array.shape[1] != 4 or array.dtype.kind != "f":
        raise ValueError(name)
    tame = np.nan_to_num(array.astype(np.float64), nan=0.0, posinf=_FARTHEST, neginf=-_FARTHEST)
    return [PageBox(*row) for row in np.clip(tame, -_FARTHEST, _FARTHEST).tolist()]


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise ValueError("texts")
    return [part[:500] for part in value]


def _text(value: Any, limit: int) -> str:
    return value[:limit] if isinstance(value, str) else ""
