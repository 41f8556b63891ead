"""Matrix → SVG: confusion matrices side by side, shaded by the share of their row, counts in the cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from grader.exhibit import Matrix, MatrixPanel
from grader.report.figures import style as look
from grader.report.figures.axis import number
from grader.report.figures.drawing import Drawing, Point
from grader.report.page import text

CLASSES = 40  # more are not drawn: a cell would be smaller than a letter
LABEL_CHARACTERS = 16
CELL, SMALLEST_WITH_TEXT = 30.0, 11.0
SIDE, TITLE, FOOT, GAP, MARGIN_GAP = 14.0, 15.0, 15.0, 16.0, 3.0
SLANT, RISE = math.cos(math.radians(50)), math.sin(math.radians(50))
RECALL, PRECISION, RECALL_ROOM = "recall, %", "precision, %", 31.0
STOPS = ("#ffffff", "#dceaf5", "#9cc3e0", "#3f86bd", "#0b4f8a", "#062f57")  # evenly lighter to darker in grey too


@dataclass(frozen=True)
class _Layout:
    """Sizes in points. The classes are named once a row, left of the first panel that can be read."""

    labels: tuple[str, ...]
    columns: int
    named: int
    cell: float
    left: float
    head: float
    right: float
    margins: bool

    @property
    def grid(self) -> float:
        return self.cell * len(self.labels)

    @property
    def height(self) -> float:
        foot = FOOT + self.margins * (max(self.cell, 10.0) + MARGIN_GAP)
        return TITLE + SIDE + self.head + self.grid + foot

    def corner(self, index: int) -> Point:
        """The upper left corner of a panel's grid."""
        row, column = divmod(index, self.columns)
        before = self.left if column >= self.named else 0.0
        left = before + column * (self.grid + self.right + GAP)
        return left, row * (self.height + GAP) + TITLE + SIDE + self.head


def matrix_svg(matrix: Matrix) -> bytes:
    """Draw the figure; a panel without counts shows its note."""
    layout = _layout(matrix)
    rows = -(-len(matrix.panels) // layout.columns)
    drawing = Drawing(look.WIDTH, rows * layout.height + (rows - 1) * GAP)
    for index, panel in enumerate(matrix.panels):
        left, top = layout.corner(index)
        heading = text.label(panel.title, int(max(layout.grid, 60) / 4.4))
        drawing.text(left, top - layout.head - SIDE - TITLE + 6, heading, look.NORMAL, look.INK, bold=True)
        if panel.counts:
            _panel(drawing, layout, matrix, panel, (left, top))
        else:
            _unreadable(drawing, layout, panel.note, (left, top))
        if index % layout.columns == layout.named:
            _row_names(drawing, layout, matrix, (left, top))
    return drawing.svg()


def matrix_note(matrix: Matrix) -> str:
    """What a reader must know beside the caption: what is empty, marked, or left out."""
    notes = ["Shades are shares of a row; empty cells are 0."]
    if any(panel.marked for panel in matrix.panels):
        notes.append("Dashed frames mark what the text speaks of.")
    if len(matrix.labels) > CLASSES:
        notes.append(f"Drawn: the first {CLASSES} of {len(matrix.labels)} classes.")
    notes += [f"{text.line(panel.title)}: {text.line(panel.note, 200)}" for panel in matrix.panels if panel.note]
    return " ".join(notes)


def matrix_alt(matrix: Matrix) -> str:
    """The figure in words: each panel's total and diagonal."""
    panels = [f"{one.title or 'matrix'}: {_summary(one) or one.note or 'not readable'}" for one in matrix.panels]
    return f"Confusion matrix of {len(matrix.labels)} classes. " + "; ".join(panels) + "."


def _layout(matrix: Matrix) -> _Layout:
    labels = tuple(text.label(name, LABEL_CHARACTERS) or str(i) for i, name in enumerate(matrix.labels[:CLASSES]))
    count, panels = max(1, len(labels)), max(1, len(matrix.panels))
    widest = max((look.text_width(name, look.SMALL) for name in labels), default=0.0)
    left = SIDE + max(widest, matrix.margins * look.text_width(PRECISION, look.SMALL)) + 5
    columns = min(panels, 3 if count <= 6 else 2)
    readable = [i % columns for i, panel in enumerate(matrix.panels) if panel.counts]
    beside = RECALL_ROOM if matrix.margins else 4.0
    cell = min(CELL, _cell(left, columns, count, beside))
    slanted = widest > cell - 2
    if slanted:
        beside = max(beside, widest * SLANT - cell / 2 + 4)
        cell = min(cell, _cell(left, columns, count, beside))
    head = (widest * RISE if slanted else 0) + 12
    return _Layout(labels, columns, min(readable, default=0), cell, left, head, beside, matrix.margins)


def _cell(left: float, columns: int, count: int, beside: float) -> float:
    return (look.WIDTH - left - (columns - 1) * GAP - columns * beside) / (columns * count)


def _panel(drawing: Drawing, layout: _Layout, matrix: Matrix, panel: MatrixPanel, corner: Point) -> None:
    left, top = corner
    size = len(layout.labels)
    counts = [[*row[:size], *[0.0] * (size - len(row))] for row in panel.counts[:size]]
    counts += [[0.0] * size for _ in range(size - len(counts))]
    _column_names(drawing, layout, matrix, corner)
    for i, row in enumerate(counts):
        _row(drawing, layout, row, left, top + i * layout.cell)
    drawing.box(left, top, layout.grid, layout.grid, edge=look.RULE, line=0.6)
    for i in range(size):
        x, y = left + i * layout.cell, top + i * layout.cell
        drawing.box(x, y, layout.cell, layout.cell, edge=look.INK, line=0.8)
    for i, j in panel.marked:
        if 0 <= i < size and 0 <= j < size:
            x, y, side = left + j * layout.cell + 1, top + i * layout.cell + 1, layout.cell - 2
            drawing.box(x, y, side, side, edge=look.ORANGE, line=1.5, dashes=(2.6, 1.3))
    if layout.margins:
        _margins(drawing, layout, counts, left, top)
    drawing.text(left, top + layout.height - TITLE - SIDE - layout.head - 6, _summary(panel), look.SMALL, look.MUTED)


def _column_names(drawing: Drawing, layout: _Layout, matrix: Matrix, corner: Point) -> None:
    left, top = corner
    upright = all(look.text_width(name, look.SMALL) <= layout.cell - 2 for name in layout.labels)
    for i, name in enumerate(layout.labels):
        middle = (i + 0.5) * layout.cell
        if upright:
            drawing.text(left + middle, top - 6, name, look.SMALL, look.INK, anchor="middle")
        else:
            drawing.text(left + middle, top - 5, name, look.SMALL, look.INK, turn=-50)
    y = top - layout.head - SIDE / 2 + 1
    drawing.text(left, y, f"{text.label(matrix.column_label, 40)} →", look.SMALL, look.MUTED)
    if layout.margins:
        drawing.text(left + layout.grid + MARGIN_GAP + 1, top + layout.grid + 7, RECALL, look.SMALL - 0.5, look.MUTED)


def _row_names(drawing: Drawing, layout: _Layout, matrix: Matrix, corner: Point) -> None:
    left, top = corner
    for i, name in enumerate(layout.labels):
        drawing.text(left - 4, top + (i + 0.5) * layout.cell, name, look.SMALL, look.INK, anchor="end")
    words = f"← {text.label(matrix.row_label, 40)}"
    drawing.text(
        left - layout.left + 5, top + layout.grid / 2, words, look.SMALL, look.MUTED, anchor="middle", turn=-90
    )
    if layout.margins:
        under = top + layout.grid + MARGIN_GAP + max(layout.cell, 10.0) / 2
        drawing.text(left - 4, under, PRECISION, look.SMALL, look.MUTED, anchor="end")


def _row(drawing: Drawing, layout: _Layout, row: Sequence[float], left: float, y: float) -> None:
    total = sum(value for value in row if _counts(value))
    for j, value in enumerate(row):
        share = value / total if _counts(value) and total else 0.0
        x = left + j * layout.cell
        if share > 0.004:
            drawing.box(x, y, layout.cell, layout.cell, fill=_shade(share))
        if value != 0 and layout.cell >= SMALLEST_WITH_TEXT:
            _cell_text(drawing, layout, _number(value), (x, y), "white" if share > 0.5 else look.INK)


def _cell_text(drawing: Drawing, layout: _Layout, words: str, corner: tuple[float, float], colour: str) -> None:
    room = (layout.cell - 1.5) / max(0.1, look.text_width(words, 1.0))
    size, half = min(look.SMALL, room), layout.cell / 2
    if size >= 3.5:
        drawing.text(corner[0] + half, corner[1] + half, words, size, colour, anchor="middle")


def _margins(drawing: Drawing, layout: _Layout, counts: Sequence[Sequence[float]], left: float, top: float) -> None:
    edge = layout.grid + MARGIN_GAP
    under = top + edge + max(layout.cell, 10.0) / 2
    size = min(look.SMALL, max(4.0, layout.cell * 0.5))
    for i in range(len(counts)):
        middle, own = (i + 0.5) * layout.cell, counts[i][i]
        drawing.text(left + edge + 1, top + middle, _share(own, counts[i]), size, look.INK)
        precision = _share(own, [row[i] for row in counts])
        drawing.text(left + middle, under, precision, size, look.INK, anchor="middle")


def _unreadable(drawing: Drawing, layout: _Layout, note: str, corner: Point) -> None:
    width = max(layout.grid, 60.0)
    rows = text.wrapped(text.label(note or "not readable", 200), int((width - 12) / look.SMALL / 0.52))
    height = max(layout.grid, 12.0 + 10 * len(rows[:10]))
    drawing.box(*corner, width, height, edge=look.RULE, dashes=(3, 2))
    for i, row in enumerate(rows[:10]):
        drawing.text(corner[0] + 6, corner[1] + 11 + 10 * i, row, look.SMALL, look.MUTED)


def _summary(panel: MatrixPanel) -> str:
    values = [value for row in panel.counts for value in row if _counts(value)]
    total = sum(values)
    diagonal = sum(row[i] for i, row in enumerate(panel.counts) if i < len(row) and _counts(row[i]))
    if not total:
        return ""
    return f"{_number(diagonal)} of {_number(total)} on the diagonal ({100 * diagonal / total:.1f}\u202f%)"


def _counts(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    whole = value == round(value) and abs(value) < 1e9
    return f"{value:,.0f}".replace("-", "−") if whole else number(value, 2)


def _share(part: float, whole: Sequence[float]) -> str:
    total = sum(value for value in whole if _counts(value))
    return f"{100 * part / total:.0f}" if total and _counts(part) else "0" if total else "–"


def _shade(share: float) -> str:
    place = min(max(share, 0.0), 1.0) * (len(STOPS) - 1)
    index = min(int(place), len(STOPS) - 2)
    pairs = [(int(STOPS[index][k : k + 2], 16), int(STOPS[index + 1][k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * (place - index)):02x}" for a, b in pairs)
