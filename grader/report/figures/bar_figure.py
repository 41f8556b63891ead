"""BarFigure → SVG: a value for each name, as bars from zero, or as dots on a log axis with a rail for zeros."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from grader.exhibit import BarFigure
from grader.report.figures import axis
from grader.report.figures import style as look
from grader.report.figures.axis import Axis
from grader.report.figures.drawing import Drawing
from grader.report.figures.style import LineStyle
from grader.report.model import ReportError
from grader.report.page import text

NAMES = 60  # as many as fit a page
NAME_CHARACTERS = 34
DOT_ROW, BAR, BAR_GAP = 10.5, 6.5, 5.0
BOTTOM, KEY, RIGHT = 31.0, 18.0, 10.0
VALUE_ROOM = 34.0
RAIL_STEP = 0.07  # of the axis's range


@dataclass(frozen=True)
class _Scale:
    """The horizontal axis on the page; `exponent` is the power of ten that all values were divided by."""

    axis: Axis
    rails: dict[str, float]
    exponent: int
    log: bool
    left: float
    width: float

    def x(self, place: float) -> float:
        return self.left + (place - self.axis.low) / (self.axis.high - self.axis.low) * self.width

    def place(self, value: float) -> float:
        """Where a value lies, on its rail if the axis cannot hold it."""
        rail = axis.rail(value, log=self.log)
        if rail is not None:
            return self.x(self.rails[rail])
        return self.x(math.log10(value) if self.log else value / 10.0**self.exponent)


def bar_figure_svg(figure: BarFigure) -> bytes:
    """Draw the figure. Raises ReportError without groups or names, or for a group of another length."""
    _check(figure)
    names = [text.label(name, NAME_CHARACTERS) for name in figure.names[:NAMES]]
    styles = look.styles([group.role for group in figure.groups])
    step = DOT_ROW if figure.log_x else BAR * len(figure.groups) + BAR_GAP
    top = KEY if len(figure.groups) > 1 else 4.0
    drawing = Drawing(look.WIDTH, top + step * len(names) + BOTTOM)
    scale = _scale(figure, 8 + max(look.text_width(name, look.SMALL) for name in names))
    bottom = top + step * len(names)
    _frame(drawing, scale, top, bottom)
    for i, name in enumerate(names):
        y = top + (i + 0.5) * step
        drawing.text(scale.left - 5, y, name, look.SMALL, look.INK, anchor="end")
    if figure.log_x:
        _dots(drawing, scale, figure, styles, top)
    else:
        _bars(drawing, scale, figure, styles, top)
    middle = scale.left + scale.width / 2
    drawing.text(middle, bottom + 25, text.label(figure.x_label), look.NORMAL, look.INK, anchor="middle")
    if len(figure.groups) > 1:
        _key(drawing, figure, styles, scale.left)
    return drawing.svg()


def bar_note(figure: BarFigure) -> str:
    """What a reader must know beside the caption: rails, and names that are not drawn."""
    notes = [axis.rail_sentence(_rails(figure), log=figure.log_x)]
    if len(figure.names) > NAMES:
        notes.append(f"Drawn: the first {NAMES} of {len(figure.names)}.")
    return " ".join(filter(None, notes))


def _check(figure: BarFigure) -> None:
    if not figure.groups or not figure.names:
        raise ReportError(f"figure {figure.key!r}: expected names and groups of values, found none")
    for group in figure.groups:
        if len(group.values) != len(figure.names):
            raise ReportError(f"bars {group.label!r}: {len(figure.names)} names, {len(group.values)} values")


def _rails(figure: BarFigure) -> set[str]:
    values = [value for group in figure.groups for value in group.values[:NAMES]]
    return {name for value in values if (name := axis.rail(value, log=figure.log_x))}


def _scale(figure: BarFigure, left: float) -> _Scale:
    every = np.array([value for group in figure.groups for value in group.values[:NAMES]], np.float64)
    held = every[np.isfinite(every) & ((every > 0) | (not figure.log_x))]
    exponent = 0 if figure.log_x else axis.exponent_of(held)
    if figure.log_x:
        own = axis.log_axis(np.log10(held))
    else:
        own = axis.linear_axis(np.append(held / 10.0**exponent, 0.0), exponent)
    placed, rails = axis.with_rails(own, _rails(figure), RAIL_STEP)
    room = 0.0 if figure.log_x else VALUE_ROOM
    return _Scale(placed, dict(rails), exponent, figure.log_x, left, look.WIDTH - left - RIGHT - room)


def _frame(drawing: Drawing, scale: _Scale, top: float, bottom: float) -> None:
    ticks = [(scale.x(place), name) for place, name in scale.axis.ticks]
    rails = [(scale.x(place), name) for name, place in scale.rails.items()]
    drawing.lines((((x, top), (x, bottom)) for x, _ in ticks), look.GRID, 0.6)
    drawing.lines((((x, top), (x, bottom)) for x, _ in rails), look.RULE, 0.8, (0.8, 1.8))
    drawing.line(((scale.left, top), (scale.left, bottom), (scale.left + scale.width, bottom)), look.RULE, 0.7)
    for x, name in (*ticks, *rails):
        drawing.text(x, bottom + 9, name, look.SMALL, look.INK, anchor="middle")


def _dots(drawing: Drawing, scale: _Scale, figure: BarFigure, styles: Sequence[LineStyle], top: float) -> None:
    lanes = [top + (i + 0.5) * DOT_ROW for i in range(min(NAMES, len(figure.names)))]
    drawing.lines((((scale.left, y), (scale.left + scale.width, y)) for y in lanes), "#eef1f4", 0.6)
    for position, (group, style) in enumerate(zip(figure.groups, styles, strict=True)):
        points = [(scale.place(value), y) for value, y in zip(group.values, lanes, strict=False)]
        drawing.line(points, style.colour, 0.7, style.dashes)
        drawing.marks(points, style.marker, 3.6 + 0.9 * position, style.colour, "none" if position else style.colour)


def _bars(drawing: Drawing, scale: _Scale, figure: BarFigure, styles: Sequence[LineStyle], top: float) -> None:
    step, zero = BAR * len(figure.groups) + BAR_GAP, scale.x(0.0)
    for position, (group, style) in enumerate(zip(figure.groups, styles, strict=True)):
        for i, value in enumerate(group.values[:NAMES]):
            y = top + i * step + BAR_GAP / 2 + position * BAR
            end = scale.place(value)
            if math.isfinite(value):
                left, width = min(zero, end), max(abs(end - zero), 0.4)
                _bar(drawing, style, (left, y + 0.5, width), position)
            else:
                drawing.marks([(end, y + BAR / 2)], style.marker, 4, style.colour)
            drawing.text(max(end, zero) + 4, y + BAR / 2, _value(value), look.SMALL - 0.6, look.INK)
    drawing.line(((zero, top), (zero, top + step * min(NAMES, len(figure.names)))), look.INK, 0.7)


def _bar(drawing: Drawing, style: LineStyle, place: tuple[float, float, float], position: int) -> None:
    x, y, width = place
    if position == 0:
        drawing.box(x, y, width, BAR - 1, fill=style.colour)
    else:
        drawing.box(x, y, width, BAR - 1, fill="white", edge=style.colour, line=0.8)
        if position == 1:
            drawing.hatch(x, y, width, BAR - 1, style.colour)


def _value(value: float) -> str:
    return axis.number(value, 3) if math.isfinite(value) else axis.rail(value, log=False) or ""


def _key(drawing: Drawing, figure: BarFigure, styles: Sequence[LineStyle], left: float) -> None:
    for position, (group, style) in enumerate(zip(figure.groups, styles, strict=True)):
        name = text.label(group.label, 40)
        if figure.log_x:
            drawing.line(((left, 7), (left + 22, 7)), style.colour, 0.7, style.dashes)
            fill = "none" if position else style.colour
            drawing.marks([(left + 11, 7)], style.marker, 3.6 + 0.9 * position, style.colour, fill)
        else:
            _bar(drawing, style, (left, 4.5, 22), position)
        drawing.text(left + 27, 7, name, look.SMALL, style.readable, bold=True)
        left += 27 + look.text_width(name, look.SMALL, bold=True) + 16
