"""What the templates draw: exhibits with their numbers, every string fit to print."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class FigureBlock:
    """A figure; `svg` is served as `asset:LABEL`."""

    label: str
    number: int
    title: str
    caption: str
    alt: str
    svg: bytes
    kind: str = "figure"


@dataclass(frozen=True)
class TableBlock:
    """A table; `numeric` says which columns are set flush right."""

    label: str
    number: int
    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    marked_rows: frozenset[int] = frozenset()
    marked_cells: frozenset[tuple[int, int]] = frozenset()
    kind: str = "table"


@dataclass(frozen=True)
class CodeLine:
    """One line of a listing; `remark` is None for a line that is not marked."""

    number: int
    code: Markup
    remark: str | None


@dataclass(frozen=True)
class ListingBlock:
    """An excerpt of a file."""

    label: str
    number: int
    title: str
    caption: str
    file: str
    lines: tuple[CodeLine, ...]
    kind: str = "listing"


@dataclass(frozen=True)
class QuoteBlock:
    """Passages of a document as (words, page, remark)."""

    label: str
    number: int
    title: str
    caption: str
    source: str
    passages: tuple[tuple[str, int | None, str], ...]
    kind: str = "quote"


@dataclass(frozen=True)
class FormulaBlock:
    """A formula as a picture of `width` × `height` points; `alt` is its LaTeX."""

    label: str
    number: int
    title: str
    caption: str
    alt: str
    svg: bytes
    width: float
    height: float
    kind: str = "formula"


Block = FigureBlock | TableBlock | ListingBlock | QuoteBlock | FormulaBlock
