"""Exhibits of findings as numbered figures and tables of a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.finding import Exhibit, LineFigure, Table
from grader.report import text
from grader.report.curves import plots, rail_note, reading_note
from grader.report.line_figure import line_figure_svg
from grader.report.model import ReportError
from grader.report.numbering import Numbering

ROWS, COLUMNS = 50, 12
CELL_AREA = 600  # characters of a row
TABLE_RUN = 96  # characters that fit side by side: a table is as wide as its longest unbroken runs
_NUMBER = re.compile(r"[-−+]?[\d.,\u202f ]+(?:[eE×][-−+\d⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*)?\s?%?|[–-]?|nan|inf|NaN|∞")


@dataclass(frozen=True)
class FigureBlock:
    """A figure as the templates draw it; `svg` is served as `asset:LABEL`."""

    label: str
    number: int
    title: str
    caption: str
    alt: str
    svg: bytes
    kind: str = "figure"


@dataclass(frozen=True)
class TableBlock:
    """A table as the templates draw it; `numeric` says which columns are set flush right."""

    label: str
    number: int
    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    kind: str = "table"


Block = FigureBlock | TableBlock


def block(exhibit: Exhibit, criterion: str, numbering: Numbering) -> Block:
    """Number an exhibit and make its text fit to print. Raises ReportError for a key that is taken."""
    key = re.sub(r"[^a-zA-Z0-9_-]+", "-", f"{criterion}-{exhibit.key}")
    if isinstance(exhibit, LineFigure):
        return _figure(exhibit, f"fig-{key}", numbering)
    return _table(exhibit, f"tab-{key}", numbering)


def _figure(figure: LineFigure, label: str, numbering: Numbering) -> FigureBlock:
    notes = " ".join(filter(None, (rail_note(figure), reading_note(plots(figure)))))
    number = numbering.define(label, "Figure")
    return FigureBlock(
        label,
        number,
        text.line(figure.title),
        f"{text.lines(figure.caption)} {notes}".strip(),
        f"{text.line(figure.alt or figure.title, 1000)} {notes}".strip(),
        line_figure_svg(figure),
    )


def _table(table: Table, label: str, numbering: Numbering) -> TableBlock:
    width = min(len(table.columns), COLUMNS)
    if width == 0:
        raise ReportError(f"table {table.key!r}: expected columns, found none")
    run, limit = TABLE_RUN // width, max(40, CELL_AREA // width)
    columns = tuple(text.line(name, 80, run) for name in table.columns[:width])
    rows = tuple(
        tuple(text.line(cell, limit, run) for cell in (*row, *[""] * width)[:width]) for row in table.rows[:ROWS]
    )
    cut = [f"The first {ROWS} of {len(table.rows)} rows."] if len(table.rows) > ROWS else []
    cut += [f"The first {COLUMNS} of {len(table.columns)} columns."] if len(table.columns) > COLUMNS else []
    caption = " ".join((text.lines(table.caption), *cut)).strip()
    number = numbering.define(label, "Table")
    return TableBlock(label, number, text.line(table.title), caption, columns, rows, _numeric(rows, width))


def _numeric(rows: Sequence[Sequence[str]], width: int) -> tuple[bool, ...]:
    columns = [[row[i] for row in rows] for i in range(width)]
    return tuple(i > 0 and any(cells) and all(map(_NUMBER.fullmatch, cells)) for i, cells in enumerate(columns))
