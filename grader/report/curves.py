"""LineFigure → plot coordinates: what is drawn where, with a rail for each value that no axis can hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from grader.finding import LineFigure, Panel, Series
from grader.report import axis
from grader.report.axis import Axis, Floats
from grader.report.figure_style import REFERENCE, STUDENT, LineStyle
from grader.report.model import ReportError

POINTS_PER_CURVE = 400  # a page is 490 points wide; more only makes the file larger
MEDIANS = 60
RAIL_STEP = 0.12  # of the axis's range


@dataclass(frozen=True)
class Curve:
    """One series: `y` is NaN where the value lies on a rail; `rails` holds (rail, x of each mark).

    A long series is shown by medians of its stretches, and `fine` holds the range of its values behind them.
    """

    label: str
    style: LineStyle
    x: Floats
    y: Floats
    rails: tuple[tuple[str, Floats], ...]
    fine: tuple[Floats, Floats] | None = None


@dataclass(frozen=True)
class Plot:
    """One panel in plot coordinates; `rails` says at which y each rail lies."""

    title: str
    curves: tuple[Curve, ...]
    x_axis: Axis
    y_axis: Axis
    rails: tuple[tuple[str, float], ...]


def plots(figure: LineFigure) -> list[Plot]:
    """The figure's panels. Raises ReportError for a panel without series or a series with x and y unequal."""
    exponents = _exponent(figure, lambda one: one.x), _exponent(figure, lambda one: one.y)
    panels = [_curves(panel, exponents, log=figure.log_y) for panel in figure.panels]
    if not panels or not all(panels):
        raise ReportError(f"figure {figure.key!r}: expected panels with series, found an empty one")
    x_axes = _shared([_joined(curves, 0) for curves in panels], lambda x: axis.linear_axis(x, exponents[0], tight=True))
    y_axes = _shared(
        [_joined(curves, 1) for curves in panels],
        axis.log_axis if figure.log_y else lambda y: axis.linear_axis(y, exponents[1]),
    )
    shared = len(set(y_axes)) == 1
    return [
        _with_rails(Plot(panel.title, curves, x_axis, y_axis, ()), _rails(panels if shared else [curves]))
        for panel, curves, x_axis, y_axis in zip(figure.panels, panels, x_axes, y_axes, strict=True)
    ]


def rail_note(figure: LineFigure) -> str:
    """A sentence for the caption on values that are not on the curves, or an empty string."""
    every = [series for panel in figure.panels for series in panel.series]
    found = {axis.rail(value, log=figure.log_y) for series in every for value in series.y}
    names = [f"“{name}”" for name in (*axis.RAILS_BELOW, axis.INFINITY) if name in found]
    misplaced = sum(not np.isfinite(value) for series in every for value in series.x)
    what = "have no place on a logarithmic axis" if figure.log_y else "are not finite"
    notes = [f"Values that {what} are marked at {_listed(names)}."] if names else []
    if misplaced:
        notes.append(f"Not drawn: {misplaced} points without a finite x.")
    return " ".join(notes)


def reading_note(drawn: Sequence[Plot]) -> str:
    """What a reader must know of scales and of long series, for the caption; may be an empty string."""
    notes = [] if same_y(drawn) else ["Note the different vertical scales."]
    if any(curve.fine for plot in drawn for curve in plot.curves):
        notes.append("Thick lines are running medians, the pale ones behind them the single values.")
    return " ".join(notes)


def same_x(drawn: Sequence[Plot]) -> bool:
    """Whether all panels have one horizontal axis."""
    return len({plot.x_axis for plot in drawn}) == 1


def same_y(drawn: Sequence[Plot]) -> bool:
    """Whether all panels have one vertical axis."""
    return len({plot.y_axis for plot in drawn}) == 1


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _exponent(figure: LineFigure, values: Callable[[Series], tuple[float, ...]]) -> int:
    every = np.array([value for panel in figure.panels for one in panel.series for value in values(one)], float)
    return axis.exponent_of(every[np.isfinite(every)])


def _joined(curves: Sequence[Curve], part: int) -> Floats:
    values: Floats = np.concatenate([(curve.fine or (curve.x, curve.y))[part] for curve in curves])
    return values[np.isfinite(values)]


def _shared(values: Sequence[Floats], make: Callable[[Floats], Axis]) -> list[Axis]:
    # A panel whose every value lies on a rail has no range of its own to lose.
    own = [make(one) for one in values]
    filled = [one for one, held in zip(own, values, strict=True) if held.size] or own
    return [make(np.concatenate(values))] * len(values) if axis.alike(filled) else own


def _rails(panels: Sequence[tuple[Curve, ...]]) -> set[str]:
    return {name for curves in panels for curve in curves for name, _ in curve.rails}


def _with_rails(plot: Plot, names: set[str]) -> Plot:
    low, high = plot.y_axis.low, plot.y_axis.high
    step = (high - low) * RAIL_STEP
    below = [name for name in axis.RAILS_BELOW if name in names]
    rails = [(name, low - step * (i + 0.6)) for i, name in enumerate(below)]
    low -= step * len(below)
    if axis.INFINITY in names:
        rails.append((axis.INFINITY, high + step * 0.5))
        high += step
    return replace(plot, y_axis=Axis(low, high, plot.y_axis.ticks), rails=tuple(rails))


def _curves(panel: Panel, exponents: tuple[int, int], *, log: bool) -> tuple[Curve, ...]:
    used = {"student": 0, "reference": 0}
    curves = []
    for series in panel.series:
        palette = STUDENT if series.role == "student" else REFERENCE
        curves.append(_curve(series, palette[used[series.role] % len(palette)], exponents, log=log))
        used[series.role] += 1
    return tuple(curves)


def _curve(series: Series, style: LineStyle, exponents: tuple[int, int], *, log: bool) -> Curve:
    if len(series.x) != len(series.y):
        raise ReportError(f"series {series.label!r}: {len(series.x)} x values, {len(series.y)} y values")
    x, y = np.array(series.x, np.float64), np.array(series.y, np.float64)
    x, y = x[np.isfinite(x)] / 10.0 ** exponents[0], y[np.isfinite(x)]
    names = np.array([axis.rail(value, log=log) or "" for value in y.tolist()], dtype=np.str_)
    rails = tuple((str(name), x[names == name]) for name in np.unique(names[names != ""]))
    y = np.where(names == "", y, np.nan)
    y = np.log10(y) if log else y / 10.0 ** exponents[1]
    if y.size <= POINTS_PER_CURVE:
        return Curve(series.label, style, x, y, rails)
    kept = _extremes(y)
    return Curve(series.label, style, *_medians(x, y), rails, (x[kept], y[kept]))


def _medians(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    stretches = np.array_split(np.arange(y.size), MEDIANS)
    middle = np.array([x[stretch[stretch.size // 2]] for stretch in stretches])
    return middle, np.array([_median(y[stretch]) for stretch in stretches])


def _median(values: Floats) -> float:
    drawable = values[~np.isnan(values)]
    return float(np.median(drawable)) if drawable.size else float("nan")


def _extremes(y: Floats) -> npt.NDArray[np.intp]:
    """Indices of at most some 600 points, every peak and every gap among them."""
    kept = {0, y.size - 1}
    for stretch in np.array_split(np.arange(y.size), POINTS_PER_CURVE // 2):
        gaps = np.isnan(y[stretch])
        if gaps.any():
            kept.add(int(stretch[gaps.argmax()]))
        if not gaps.all():
            kept |= {int(stretch[np.nanargmin(y[stretch])]), int(stretch[np.nanargmax(y[stretch])])}
    return np.array(sorted(kept))
