"""A report's parts in order: headings, text, figures, tables, listings, equations."""

from __future__ import annotations

from dataclasses import dataclass, field

from markdown_it.token import Token


@dataclass(frozen=True)
class Heading:
    """`level` 1 is a section, 2 a sub-section."""

    label: str
    level: int
    text: Token


@dataclass(frozen=True)
class Prose:
    """Anything that Markdown itself knows how to write: paragraphs, lists, quotations."""

    tokens: tuple[Token, ...]


@dataclass(frozen=True)
class Picture:
    """A paragraph that is one image; `source` is a file, or `run:NAME` for something of the run's data."""

    label: str
    source: str
    caption: Token
    alt: str


@dataclass(frozen=True)
class Grid:
    """A table: cells are inline tokens, the first row holds the heads."""

    label: str
    rows: tuple[tuple[Token, ...], ...]
    caption: Token | None


@dataclass(frozen=True)
class Code:
    """A fenced block; with `file`, the `lines` of that file of the work instead of `content`."""

    label: str
    content: str
    language: str
    file: str | None
    lines: tuple[int, int] | None
    caption: Token | None


@dataclass(frozen=True)
class Equation:
    """A formula on a line of its own."""

    label: str
    latex: str


Part = Heading | Prose | Picture | Grid | Code | Equation


@dataclass(frozen=True)
class Source:
    """A whole report: `head` is what stands between the first two lines of dashes."""

    head: dict[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
