"""LineFigure → SVG: small panels with direct labels, readable in grey and without colour vision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from grader.exhibit import LineFigure
from grader.report.figures import style as look
from grader.report.figures.axis import Floats
from grader.report.figures.curves import DrawnCurve, Plot, Shade, plots, same_x, same_y
from grader.report.figures.drawing import Drawing, Point
from grader.report.page import text

# Points. The widths of all words are known beforehand, so that nothing has to be drawn to be measured.
BOTTOM, TOP, EDGE, SIDE = 31.0, 5.0, 6.0, 17.0
KEY_HEIGHT, TITLE_HEIGHT, TICKS_HEIGHT = 18.0, 14.0, 12.0
LABEL_CHARACTERS = 30
MARKERS_PER_CURVE = 12
MARK = 3.3


@dataclass(frozen=True)
class _Layout:
    """Where panels lie, in points. With `key`, one line above the panels names the curves of all."""

    rows: int
    columns: int
    key: bool
    left: float
    right: float
    gap_x: float
    gap_y: float
    panel_height: float

    @property
    def panel_width(self) -> float:
        return (look.WIDTH - self.left - self.right - self.gap_x * (self.columns - 1)) / self.columns

    @property
    def top(self) -> float:
        return TOP + self.key * KEY_HEIGHT + (self.rows * self.columns > 1) * TITLE_HEIGHT

    @property
    def height(self) -> float:
        return BOTTOM + self.rows * self.panel_height + (self.rows - 1) * self.gap_y + self.top

    def corner(self, index: int) -> Point:
        """The upper left corner of a panel."""
        row, column = divmod(index, self.columns)
        left = self.left + column * (self.panel_width + self.gap_x)
        return left, self.top + row * (self.panel_height + self.gap_y)


@dataclass(frozen=True)
class _Frame:
    """One panel on the page: plot coordinates to points."""

    plot: Plot
    left: float
    top: float
    width: float
    height: float

    def x(self, value: float) -> float:
        axis = self.plot.x_axis
        return self.left + (value - axis.low) / (axis.high - axis.low) * self.width

    def y(self, value: float) -> float:
        axis = self.plot.y_axis
        return self.top + self.height - (max(value, axis.low) - axis.low) / (axis.high - axis.low) * self.height

    def points(self, x: Floats, y: Floats) -> list[Point]:
        return [(self.x(a), self.y(b)) for a, b in zip(x.tolist(), y.tolist(), strict=True)]


def line_figure_svg(figure: LineFigure) -> bytes:
    """Draw the figure. Raises ReportError for an empty panel or a series with x and y unequal."""
    drawn = plots(figure)
    layout = _layout(drawn)
    drawing = Drawing(look.WIDTH, layout.height)
    for index, plot in enumerate(drawn):
        frame = _Frame(plot, *layout.corner(index), layout.panel_width, layout.panel_height)
        show_x = not same_x(drawn) or index + layout.columns >= len(drawn)
        _axes(drawing, frame, show_x=show_x, show_y=not same_y(drawn) or index % layout.columns == 0)
        _contents(drawing, frame)
        if len(drawn) > 1:
            title = f"({chr(ord('a') + index % 26)})  {text.label(plot.title, 60)}"
            drawing.text(frame.left, frame.top - 8, title, look.NORMAL, look.INK, bold=True)
        if not layout.key:
            _direct_labels(drawing, frame)
    _axis_labels(drawing, figure, layout)
    if layout.key:
        _key(drawing, _one_key(drawn) or (), layout.left)
    return drawing.svg()


def _layout(drawn: Sequence[Plot]) -> _Layout:
    columns = {1: 1, 2: 2, 4: 2}.get(len(drawn), 3)
    rows = -(-len(drawn) // columns)
    key = len(drawn) > 1 and _one_key(drawn) is not None
    labels = [label for plot in drawn for label in _names(plot)]
    right = EDGE if key else EDGE + 4 + max(_width(label) for label in labels)
    left = SIDE + 4 + max(look.text_width(name, look.SMALL) for plot in drawn for name in _y_names(plot))
    gap_x = (18.0 if same_y(drawn) else left - 4) + (0 if key else right)
    gap_y = TITLE_HEIGHT + 8 + (0 if same_x(drawn) else TICKS_HEIGHT)
    return _Layout(rows, columns, key, left, right, gap_x, gap_y, 112.0 if rows == 1 else 76.0)


def _names(plot: Plot) -> tuple[str, ...]:
    return tuple([curve.label for curve in plot.curves] + [shade.label for shade in plot.shades])


def _y_names(plot: Plot) -> list[str]:
    return [name for _, name in plot.y_axis.ticks] + [name for name, _ in plot.rails] or [""]


def _name(label: str) -> str:
    return text.label(label, LABEL_CHARACTERS)


def _width(label: str) -> float:
    return look.text_width(_name(label), look.SMALL, bold=True)


def _axes(drawing: Drawing, frame: _Frame, *, show_x: bool, show_y: bool) -> None:
    plot, right, bottom = frame.plot, frame.left + frame.width, frame.top + frame.height
    heights = [frame.y(place) for place, _ in plot.y_axis.ticks]
    drawing.lines((((frame.left, y), (right, y)) for y in heights), look.GRID, 0.6)
    rails = [frame.y(place) for _, place in plot.rails]
    drawing.lines((((frame.left, y), (right, y)) for y in rails), look.RULE, 0.8, (0.8, 1.8))
    drawing.line(((frame.left, frame.top), (frame.left, bottom), (right, bottom)), look.RULE, 0.7)
    if show_y:
        for place, name in (*plot.y_axis.ticks, *((place, name) for name, place in plot.rails)):
            drawing.text(frame.left - 4, frame.y(place), name, look.SMALL, look.INK, anchor="end")
    if show_x:
        for place, name in plot.x_axis.ticks:
            drawing.text(frame.x(place), bottom + 8, name, look.SMALL, look.INK, anchor="middle")


def _contents(drawing: Drawing, frame: _Frame) -> None:
    for shade in frame.plot.shades:
        _shade(drawing, frame, shade)
    _levels(drawing, frame)
    for curve in frame.plot.curves:
        if curve.fine:
            drawing.line(frame.points(*curve.fine), _pale(curve.style.colour), 0.4)
    for position, curve in enumerate(frame.plot.curves):
        _curve(drawing, frame, curve, position)


def _pale(colour: str) -> str:
    """The colour at a third of its strength on white: opacity costs a transparency group in the PDF."""
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - part) * 0.35):02x}" for part in parts)


def _shade(drawing: Drawing, frame: _Frame, shade: Shade) -> None:
    whole = np.isfinite(shade.x) & np.isfinite(shade.upper)
    for held, run in groupby(range(whole.size), key=lambda i: bool(whole[i])):
        if held:
            part = list(run)
            upper = frame.points(shade.x[part], shade.upper[part])
            lower = frame.points(shade.x[part], shade.lower[part])
            drawing.area((*upper, *reversed(lower)), shade.style.colour, 0.16)
            for edge in (upper, lower):
                drawing.line(edge, shade.style.colour, 0.4)


def _levels(drawing: Drawing, frame: _Frame) -> None:
    right, bottom = frame.left + frame.width, frame.top + frame.height
    for level in frame.plot.levels:
        if level.axis == "y":
            y = frame.y(level.value)
            drawing.line(((frame.left, y), (right, y)), look.MUTED, 0.9, (3, 1.6))
            drawing.text(right - 2, y - 5, _name(level.label), look.SMALL, look.MUTED, anchor="end")
        else:
            x = frame.x(level.value)
            drawing.line(((x, frame.top), (x, bottom)), look.MUTED, 0.9, (3, 1.6))
            drawing.text(x + 3, frame.top + 5, _name(level.label), look.SMALL, look.MUTED)


def _curve(drawing: Drawing, frame: _Frame, curve: DrawnCurve, position: int) -> None:
    style = curve.style
    points = frame.points(curve.x, curve.y)
    drawing.line(points, style.colour, 1.4, style.dashes)
    drawing.marks((points[i] for i in _marked(curve, position)), style.marker, MARK, style.colour)
    heights = dict(frame.plot.rails)
    step = (frame.plot.x_axis.high - frame.plot.x_axis.low) / 150
    for name, places in curve.rails:
        # The first curve's marks are small and filled, later ones larger and hollow: both show at the same place.
        on_rail = [(frame.x(place), frame.y(heights[name])) for place in _distinct(places, step).tolist()]
        fill = "none" if position else style.colour
        drawing.marks(on_rail, style.marker, 2.6 + position * 2.2, style.colour, fill)


def _marked(curve: DrawnCurve, position: int) -> list[int]:
    """Which points get a marker: some of them, not the same ones for each curve, and every lone point."""
    drawable = np.isfinite(curve.y)
    padded = np.concatenate(([False], drawable, [False]))
    lone = drawable & ~padded[:-2] & ~padded[2:]
    every = max(1, -(-curve.y.size // MARKERS_PER_CURVE))
    chosen = set(range((position * every // 2) % every, curve.y.size, every))
    return sorted({i for i in chosen if drawable[i]} | set(np.flatnonzero(lone).tolist()))


def _distinct(places: Floats, step: float) -> Floats:
    """One of each group of places that would be printed on top of each other."""
    _, first = np.unique(np.round(places / step), return_index=True)
    return places[np.sort(first)]


def _direct_labels(drawing: Drawing, frame: _Frame) -> None:
    """Names at the ends of curves and bands, pushed apart so that none covers another."""
    every = [*((one.label, one.style, _end(one, frame.plot)) for one in frame.plot.curves)]
    every += [*((one.label, one.style, _middle(one, frame.plot)) for one in frame.plot.shades)]
    bottom = frame.top + frame.height
    wanted = [bottom - frame.y(end) for _, _, end in every]
    placed = look.apart(wanted, 9.5, 4.0, frame.height - 2)
    for (label, style, _), height in zip(every, placed, strict=True):
        x, y = frame.left + frame.width + 5, bottom - height
        drawing.text(x, y, _name(label), look.SMALL, style.readable, bold=True)


def _end(curve: DrawnCurve, plot: Plot) -> float:
    held = curve.y[np.isfinite(curve.y)]
    if held.size:
        return float(held[-1])
    return dict(plot.rails)[curve.rails[0][0]] if curve.rails else plot.y_axis.low


def _middle(shade: Shade, plot: Plot) -> float:
    held = np.flatnonzero(np.isfinite(shade.upper))
    if not held.size:
        return plot.y_axis.low
    return float(shade.upper[held[-1]] + max(shade.lower[held[-1]], plot.y_axis.low)) / 2


def _axis_labels(drawing: Drawing, figure: LineFigure, layout: _Layout) -> None:
    middle = (layout.left + look.WIDTH - layout.right) / 2
    words = text.label(figure.x_label)
    drawing.text(middle, layout.height - 6, words, look.NORMAL, look.INK, anchor="middle")
    panels = layout.rows * layout.panel_height + (layout.rows - 1) * layout.gap_y
    words, y = text.label(figure.y_label), layout.top + panels / 2
    drawing.text(5, y, words, look.NORMAL, look.INK, anchor="middle", turn=-90)


def _one_key(drawn: Sequence[Plot]) -> tuple[DrawnCurve | Shade, ...] | None:
    """The curves of all panels by name, if one line can hold them and none looks different in another panel."""
    found: dict[str, DrawnCurve | Shade] = {}
    for plot in drawn:
        every: list[DrawnCurve | Shade] = [*plot.curves, *plot.shades]
        if len({one.label for one in every}) < len(every):
            return None
        for one in every:
            if found.setdefault(one.label, one).style != one.style:
                return None
    fits = sum(27 + _width(label) + 16 for label in found) <= look.WIDTH - 2 * SIDE
    return tuple(found.values()) if fits else None


def _key(drawing: Drawing, every: Sequence[DrawnCurve | Shade], left: float) -> None:
    """A line of samples and names above the panels."""
    for x, label, one in _key_places(every, left):
        if isinstance(one, Shade):
            drawing.area(((x, 3), (x + 22, 3), (x + 22, 11), (x, 11)), one.style.colour, 0.16)
            drawing.lines((((x, y), (x + 22, y)) for y in (3.0, 11.0)), one.style.colour, 0.4)
        else:
            drawing.line(((x, 7), (x + 22, 7)), one.style.colour, 1.5, one.style.dashes)
            drawing.marks([(x + 11, 7)], one.style.marker, MARK, one.style.colour)
        drawing.text(x + 27, 7, _name(label), look.SMALL, one.style.readable, bold=True)


def _key_places(every: Sequence[DrawnCurve | Shade], left: float) -> Iterator[tuple[float, str, DrawnCurve | Shade]]:
    for one in every:
        yield left, one.label, one
        left += 27 + _width(one.label) + 16
