"""LineFigure → SVG: small panels with direct labels, readable in grey and without colour vision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from grader.finding import LineFigure
from grader.report import figure_style as look
from grader.report import text
from grader.report.axis import Floats
from grader.report.curves import Curve, Plot, plots, same_x, same_y

# Points. Fixed margins: measuring the text to find them would double the time a figure takes.
BOTTOM, TOP, EDGE, SIDE = 31.0, 5.0, 6.0, 17.0
KEY_HEIGHT, TITLE_HEIGHT, TICKS_HEIGHT = 18.0, 14.0, 12.0
LABEL_CHARACTERS = 30
MARKERS_PER_CURVE = 12
HOLLOW: Any = {"ms": 3.3, "mfc": "white", "mew": 0.9}


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
    def height(self) -> float:
        top = TOP + self.key * KEY_HEIGHT + (self.rows * self.columns > 1) * TITLE_HEIGHT
        return BOTTOM + self.rows * self.panel_height + (self.rows - 1) * self.gap_y + top

    def corner(self, index: int) -> tuple[float, float]:
        row, column = divmod(index, self.columns)
        left = self.left + column * (self.panel_width + self.gap_x)
        return left, BOTTOM + (self.rows - 1 - row) * (self.panel_height + self.gap_y)


def line_figure_svg(figure: LineFigure) -> bytes:
    """Draw the figure. Raises ReportError for an empty panel or a series with x and y unequal."""
    drawn = plots(figure)
    with look.style():
        return look.svg(_draw(figure, drawn))


def _layout(drawn: Sequence[Plot]) -> _Layout:
    columns = {1: 1, 2: 2, 4: 2}.get(len(drawn), 3)
    rows = -(-len(drawn) // columns)
    key = len(drawn) > 1 and len({_names(plot) for plot in drawn}) == 1
    labels = [curve.label for plot in drawn for curve in plot.curves]
    right = EDGE if key else EDGE + 4 + max(_width(label) for label in labels)
    left = SIDE + 4 + max(look.text_width(name, look.SMALL) for plot in drawn for name in _y_names(plot))
    gap_x = (18.0 if same_y(drawn) else left - 4) + (0 if key else right)
    gap_y = TITLE_HEIGHT + 8 + (0 if same_x(drawn) else TICKS_HEIGHT)
    return _Layout(rows, columns, key, left, right, gap_x, gap_y, 132.0 if rows == 1 else 88.0)


def _names(plot: Plot) -> tuple[str, ...]:
    return tuple(curve.label for curve in plot.curves)


def _y_names(plot: Plot) -> list[str]:
    return [name for _, name in plot.y_axis.ticks] + [name for name, _ in plot.rails] or [""]


def _name(label: str) -> str:
    return text.label(label, LABEL_CHARACTERS)


def _width(label: str) -> float:
    return look.text_width(_name(label), look.SMALL, bold=True)


def _draw(figure: LineFigure, drawn: Sequence[Plot]) -> Figure:
    layout = _layout(drawn)
    drawing = look.blank(layout.height)
    for index, plot in enumerate(drawn):
        axes = look.axes(drawing, *layout.corner(index), layout.panel_width, layout.panel_height)
        show_x = not same_x(drawn) or index + layout.columns >= len(drawn)
        _frame(axes, plot, show_x=show_x, show_y=not same_y(drawn) or index % layout.columns == 0)
        for position, curve in enumerate(plot.curves):
            _curve(axes, plot, curve, position)
        if len(drawn) > 1:
            title = f"({chr(ord('a') + index % 26)})  {text.label(plot.title, 60)}"
            _annotate(axes, title, (0, 1), (0, 5), size=look.NORMAL, weight="semibold")
        if not layout.key:
            _direct_labels(axes, plot, layout.panel_height)
    _axis_labels(drawing, figure, layout)
    if layout.key:
        _key(drawing, drawn[0].curves, layout)
    return drawing


def _annotate(axes: Axes, words: str, at: tuple[float, float], offset: tuple[float, float], **style: object) -> None:
    options: dict[str, object] = {"xycoords": "axes fraction", "textcoords": "offset points", **style}
    axes.annotate(words, at, offset, annotation_clip=False, **options)  # type: ignore[arg-type]


def _frame(axes: Axes, plot: Plot, *, show_x: bool, show_y: bool) -> None:
    axes.set_xlim(plot.x_axis.low, plot.x_axis.high)
    axes.set_ylim(plot.y_axis.low, plot.y_axis.high)
    marks = [*plot.y_axis.ticks, *((place, name) for name, place in plot.rails)]
    axes.set_yticks([place for place, _ in marks], [name for _, name in marks] if show_y else [""] * len(marks))
    places = [place for place, _ in plot.x_axis.ticks]
    axes.set_xticks(places, [name for _, name in plot.x_axis.ticks] if show_x else [""] * len(places))
    axes.tick_params(length=0, pad=4, labelsize=look.SMALL)
    ends = plot.x_axis.low, plot.x_axis.high
    axes.hlines([place for place, _ in plot.y_axis.ticks], *ends, colors=look.GRID, lw=0.6, zorder=0.5)
    if plot.rails:
        dots = (0, (1, 2.2))
        axes.hlines([place for _, place in plot.rails], *ends, colors=look.RULE, lw=0.8, ls=dots, zorder=0.6)


def _curve(axes: Axes, plot: Plot, curve: Curve, position: int) -> None:
    style = curve.style
    if curve.fine:
        axes.plot(*curve.fine, color=style.colour, lw=0.4, alpha=0.35, zorder=1)
    line = axes.plot(curve.x, curve.y, color=style.colour, ls=style.dashes, lw=1.4, marker=style.marker, **HOLLOW)
    line[0].set(zorder=2 + position * 0.1, markevery=_marked(curve, position))
    heights = dict(plot.rails)
    for name, places in curve.rails:
        _rail_marks(
            axes,
            curve,
            _distinct(places, (plot.x_axis.high - plot.x_axis.low) / 150),
            heights[name],
            position,
        )


def _rail_marks(axes: Axes, curve: Curve, x: Floats, y: float, position: int) -> None:
    # The first curve's marks are small and filled, later ones larger and hollow: both show at the same place.
    colour = curve.style.colour
    (marks,) = axes.plot(x, np.full(x.size, y), ls="none", color=colour, marker=curve.style.marker, zorder=3)
    marks.set(markersize=2.6 + position * 2.2, markeredgewidth=0.9)
    marks.set_markerfacecolor(colour if position == 0 else "none")


def _marked(curve: Curve, position: int) -> list[int]:
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


def _direct_labels(axes: Axes, plot: Plot, height: float) -> None:
    """Names at the ends of the curves, pushed apart so that none covers another."""
    span = plot.y_axis.high - plot.y_axis.low
    wanted = [(_end(curve, plot) - plot.y_axis.low) / span * height for curve in plot.curves]
    for curve, place in zip(plot.curves, look.apart(wanted, 9.5, 4.0, height - 2), strict=True):
        colour = look.READABLE.get(curve.style.colour, look.INK)
        style = {"size": look.SMALL, "weight": "semibold", "color": colour, "va": "center"}
        _annotate(axes, _name(curve.label), (1, place / height), (5, 0), **style)


def _end(curve: Curve, plot: Plot) -> float:
    held = curve.y[np.isfinite(curve.y)]
    if held.size:
        return float(held[-1])
    return dict(plot.rails)[curve.rails[0][0]] if curve.rails else plot.y_axis.low


def _axis_labels(drawing: Figure, figure: LineFigure, layout: _Layout) -> None:
    height = layout.height
    middle = (layout.left + look.WIDTH - layout.right) / 2 / look.WIDTH
    drawing.text(middle, 3 / height, text.label(figure.x_label), ha="center", va="bottom", size=look.NORMAL)
    panels = layout.rows * layout.panel_height + (layout.rows - 1) * layout.gap_y
    side = {"rotation": "vertical", "ha": "left", "va": "center", "size": look.NORMAL}
    drawing.text(0, (BOTTOM + panels / 2) / height, text.label(figure.y_label), **side)  # type: ignore[arg-type]


def _key(drawing: Figure, curves: Sequence[Curve], layout: _Layout) -> None:
    """A line of samples and names above the panels."""
    y, x = 1 - 7 / layout.height, layout.left
    for curve in curves:
        style = curve.style
        sample = [x / look.WIDTH, (x + 11) / look.WIDTH, (x + 22) / look.WIDTH], [y] * 3
        line = Line2D(*sample, color=style.colour, lw=1.5, ls=style.dashes, marker=style.marker, **HOLLOW)
        line.set_markevery([1])
        drawing.add_artist(line)
        place = (x + 27) / look.WIDTH
        colour = look.READABLE.get(style.colour, look.INK)
        drawing.text(
            place,
            y,
            _name(curve.label),
            va="center_baseline",
            size=look.SMALL,
            weight="semibold",
            color=colour,
        )
        x += 27 + _width(curve.label) + 16
