"""What the templates draw: exhibits with their numbers, every string fit to print."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup

WIDTH_MM = 174  # of the text on an A4 page
_VIEW = re.compile(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True)
class Captioned:
    """What has a number, a title and a caption in a report."""

    label: str
    number: int
    title: str
    caption: str


@dataclass(frozen=True)
class FigureBlock(Captioned):
    """A figure; `svg` is served as `asset:LABEL`."""

    alt: str
    svg: bytes
    kind: str = "figure"

    @property
    def height_mm(self) -> float:
        """About how high it is on paper, with its caption."""
        view = _VIEW.search(self.svg[:400])
        drawn = WIDTH_MM * float(view[2]) / float(view[1]) if view else 80.0
        return drawn + 10 + 4.2 * (len(self.caption) // 130)


@dataclass(frozen=True)
class TableBlock(Captioned):
    """A table; `numeric` says which columns are set flush right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    marked_rows: frozenset[int] = frozenset()
    marked_cells: frozenset[tuple[int, int]] = frozenset()
    kind: str = "table"

    @property
    def height_mm(self) -> float:
        """About how high it is on paper, with its caption."""
        return 14 + 6.2 * len(self.rows)


@dataclass(frozen=True)
class CodeLine:
    """One line of a listing; `remark` is None for a line that is not marked."""

    number: int
    code: Markup
    remark: str | None


@dataclass(frozen=True)
class ListingBlock(Captioned):
    """An excerpt of a file."""

    file: str
    lines: tuple[CodeLine, ...]
    kind: str = "listing"

    @property
    def height_mm(self) -> float:
        """About how high it is on paper, with its caption."""
        return 12 + 3.7 * len(self.lines)


@dataclass(frozen=True)
class QuoteBlock(Captioned):
    """Passages of a document as (words, page, remark)."""

    source: str
    passages: tuple[tuple[str, int | None, str], ...]
    kind: str = "quote"

    @property
    def height_mm(self) -> float:
        """About how high it is on paper, with its caption."""
        return 10 + 9.0 * len(self.passages)


@dataclass(frozen=True)
class FormulaBlock(Captioned):
    """A formula as a picture of `width` × `height` points; `alt` is its LaTeX."""

    alt: str
    svg: bytes
    width: float
    height: float
    kind: str = "formula"

    @property
    def height_mm(self) -> float:
        """About how high it is on paper, with its caption."""
        return 14 + self.height * 25.4 / 72


Block = FigureBlock | TableBlock | ListingBlock | QuoteBlock | FormulaBlock
