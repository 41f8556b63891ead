"""Exhibits of findings as numbered blocks of a page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.exhibit import BarFigure, Exhibit, Formula, LineFigure, Listing, Matrix, PictureGrid, Quote, Table
from grader.report.figures.bar_figure import bar_figure_svg, bar_note
from grader.report.figures.curves import plots, rail_note, reading_note
from grader.report.figures.line_figure import line_figure_svg
from grader.report.figures.matrix_figure import matrix_alt, matrix_note, matrix_svg
from grader.report.figures.picture_grid import picture_grid_svg
from grader.report.model import ReportError
from grader.report.page import text
from grader.report.page.blocks import Block, FigureBlock, FormulaBlock, ListingBlock, QuoteBlock, TableBlock
from grader.report.page.code import LINES, code_lines
from grader.report.page.formula import formula_svg
from grader.report.page.numbering import Kind, Numbering

ROWS, COLUMNS = 50, 12
CELL_AREA = 600  # characters of a row
TABLE_RUN = 96  # characters that fit side by side: a table is as wide as its longest unbroken runs
PASSAGES = 20
_NAMES: Mapping[str, tuple[str, Kind]] = {
    "lines": ("fig", "Figure"),
    "matrix": ("fig", "Figure"),
    "bars": ("fig", "Figure"),
    "pictures": ("fig", "Figure"),
    "table": ("tab", "Table"),
    "listing": ("lst", "Listing"),
    "quote": ("quo", "Quote"),
    "formula": ("equ", "Equation"),
}
_KINDS = dict(_NAMES.values())
_NUMBER = re.compile(r"[-−+]?[\d.,\u202f ]+(?:[eE×][-−+\d⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*)?\s?%?|[–-]?|nan|inf|NaN|∞")


def block(exhibit: Exhibit, criterion: str, numbering: Numbering) -> Block:
    """Number an exhibit and make its text fit to print. Raises ReportError for a key that is taken."""
    return numbered(draft(exhibit, criterion), numbering)


def draft(exhibit: Exhibit, criterion: str) -> Block:
    """An exhibit fit to print that has no number yet. Raises ReportError."""
    key = re.sub(r"[^a-zA-Z0-9_-]+", "-", f"{criterion}-{exhibit.key}")
    return drawn(exhibit, f"{_NAMES[exhibit.kind][0]}-{key}", 0)


def numbered(one: Block, numbering: Numbering) -> Block:
    """The block with the next number of its kind. Raises ReportError for a label that is taken."""
    return replace(one, number=numbering.define(one.label, _KINDS[one.label[:3]], text.line(one.title, 90)))


def drawn(exhibit: Exhibit, label: str, number: int, lines: int = LINES) -> Block:
    """An exhibit that has its label and number; of a listing at most `lines` lines. Raises ReportError."""
    match exhibit:
        case LineFigure() | Matrix() | BarFigure() | PictureGrid():
            return _figure(exhibit, label, number)
        case Table():
            return _table(exhibit, label, number)
        case Listing():
            return _listing(exhibit, label, number, lines)
        case Quote():
            return _quote(exhibit, label, number)
        case Formula():
            return _formula(exhibit, label, number)


def assets(blocks: Sequence[Block]) -> dict[str, bytes]:
    """The pictures of figures and formulas by label."""
    return {one.label: one.svg for one in blocks if isinstance(one, FigureBlock | FormulaBlock)}


def _figure(figure: LineFigure | Matrix | BarFigure | PictureGrid, label: str, number: int) -> FigureBlock:
    alt = figure.alt
    match figure:
        case LineFigure():
            svg = line_figure_svg(figure)
            notes = " ".join(filter(None, (rail_note(figure), reading_note(plots(figure)))))
        case Matrix():
            svg, notes = matrix_svg(figure), matrix_note(figure)
            alt = alt or matrix_alt(figure)
        case BarFigure():
            svg, notes = bar_figure_svg(figure), bar_note(figure)
        case PictureGrid():
            svg, notes = picture_grid_svg(figure), ""
    seen = figure.caption or alt  # no figure without a sentence that says what to see in it
    if not seen.strip():
        raise ReportError(f"figure {figure.key!r}: expected a caption that says what to see, found none")
    described = f"{text.line(alt or seen, 1000)} {notes}".strip()
    return FigureBlock(label, number, text.line(figure.title), f"{text.lines(seen)} {notes}".strip(), described, svg)


def _table(table: Table, label: str, number: int) -> TableBlock:
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
    return TableBlock(
        label,
        number,
        text.line(table.title),
        caption,
        columns,
        rows,
        _numeric(rows, width),
        frozenset(table.marked_rows) | {row for row, _ in table.marked_cells},
        frozenset(table.marked_cells),
    )


def _numeric(rows: Sequence[Sequence[str]], width: int) -> tuple[bool, ...]:
    columns = [[row[i] for row in rows] for i in range(width)]
    return tuple(i > 0 and any(cells) and all(map(_NUMBER.fullmatch, cells)) for i, cells in enumerate(columns))


def _listing(listing: Listing, label: str, number: int, most: int) -> ListingBlock:
    lines, left_out = code_lines(listing, most)
    cut = f"{left_out} more lines are left out." if left_out else ""
    caption = f"{text.lines(listing.caption)} {cut}".strip()
    return ListingBlock(label, number, text.line(listing.title), caption, text.line(listing.file, 120), lines)


def _quote(quote: Quote, label: str, number: int) -> QuoteBlock:
    kept = quote.passages[:PASSAGES]
    cut = f"The first {PASSAGES} of {len(quote.passages)} passages." if len(quote.passages) > PASSAGES else ""
    return QuoteBlock(
        label,
        number,
        text.line(quote.title),
        f"{text.lines(quote.caption)} {cut}".strip(),
        text.line(quote.source, 120),
        tuple((text.line(one.text, 900), one.page, text.line(one.remark, 200)) for one in kept),
    )


def _formula(formula: Formula, label: str, number: int) -> FormulaBlock:
    svg, width, height = formula_svg(formula.latex)
    alt = f"Formula: {text.line(formula.latex, 500)}"
    return FormulaBlock(label, number, text.line(formula.title), text.lines(formula.caption), alt, svg, width, height)
