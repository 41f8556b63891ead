"""LineFigure → plot coordinates: what is drawn where, with a rail for each value that no axis can hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from grader.exhibit import Band, Level, LineFigure, Panel, Series
from grader.report.figures import axis
from grader.report.figures.axis import Axis, Floats
from grader.report.figures.style import LineStyle, styles
from grader.report.model import ReportError

POINTS_PER_CURVE = 400  # a page is 490 points wide; more only makes the file larger
MEDIANS = 60
RAIL_STEP = 0.12  # of the axis's range


@dataclass(frozen=True)
class DrawnCurve:
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
class Shade:
    """A band in plot coordinates: NaN where it is interrupted, −∞ where it leaves a log axis."""

    label: str
    style: LineStyle
    x: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Plot:
    """One panel in plot coordinates; `rails` says at which y each rail lies."""

    title: str
    curves: tuple[DrawnCurve, ...]
    shades: tuple[Shade, ...]
    levels: tuple[Level, ...]
    x_axis: Axis
    y_axis: Axis
    rails: tuple[tuple[str, float], ...]


@lru_cache(maxsize=4)  # for the drawing, and again for what is said below it
def plots(figure: LineFigure) -> tuple[Plot, ...]:
    """The figure's panels. Raises ReportError for an empty panel or a series with x and y unequal."""
    exponents = _exponent(figure, 0), _exponent(figure, 1)
    panels = [_converted(panel, exponents, log=figure.log_y) for panel in figure.panels]
    if not panels or not all(plot.curves or plot.shades for plot in panels):
        raise ReportError(f"figure {figure.key!r}: expected panels with series, found an empty one")
    x_axes = _shared([_joined(plot, 0) for plot in panels], lambda x: axis.linear_axis(x, exponents[0], tight=True))
    y_axes = _shared(
        [_joined(plot, 1) for plot in panels],
        axis.log_axis if figure.log_y else lambda y: axis.linear_axis(y, exponents[1]),
    )
    shared = len(set(y_axes)) == 1
    return tuple(
        _placed(plot, x_axis, y_axis, _rails(panels if shared else [plot]))
        for plot, x_axis, y_axis in zip(panels, x_axes, y_axes, strict=True)
    )


def rail_note(figure: LineFigure) -> str:
    """A sentence for the caption on values that are not on the curves, or an empty string."""
    every = [series for panel in figure.panels for series in panel.series]
    found = {name for series in every for value in series.y if (name := axis.rail(value, log=figure.log_y))}
    misplaced = sum(not np.isfinite(value) for series in every for value in series.x)
    notes = [axis.rail_sentence(found, log=figure.log_y)]
    if misplaced:
        notes.append(f"Not drawn: {misplaced} points without a finite x.")
    return " ".join(filter(None, notes))


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


def _values(panel: Panel, part: int) -> list[float]:
    """Everything on one axis: 0 is x, 1 is y."""
    values = [value for one in panel.series for value in (one.y if part else one.x)]
    values += [value for one in panel.bands for value in ((*one.lower, *one.upper) if part else one.x)]
    return values + [one.value for one in panel.levels if one.axis == ("y" if part else "x")]


def _exponent(figure: LineFigure, part: int) -> int:
    every = np.array([value for panel in figure.panels for value in _values(panel, part)], np.float64)
    return axis.exponent_of(every[np.isfinite(every)])


def _joined(plot: Plot, part: int) -> Floats:
    values = [(curve.fine or (curve.x, curve.y))[part] for curve in plot.curves]
    for shade in plot.shades:
        values += [shade.lower, shade.upper] if part else [shade.x]
    values.append(np.array([one.value for one in plot.levels if one.axis == ("y" if part else "x")]))
    every: Floats = np.concatenate(values)
    return every[np.isfinite(every)]


def _shared(values: Sequence[Floats], make: Callable[[Floats], Axis]) -> list[Axis]:
    # A panel whose every value lies on a rail has no range of its own to lose.
    own = [make(one) for one in values]
    filled = [one for one, held in zip(own, values, strict=True) if held.size] or own
    return [make(np.concatenate(values))] * len(values) if axis.alike(filled) else own


def _rails(panels: Sequence[Plot]) -> set[str]:
    return {name for plot in panels for curve in plot.curves for name, _ in curve.rails}


def _placed(plot: Plot, x_axis: Axis, y_axis: Axis, names: set[str]) -> Plot:
    y_axis, rails = axis.with_rails(y_axis, names, RAIL_STEP)
    return replace(plot, x_axis=x_axis, y_axis=y_axis, rails=rails)


def _converted(panel: Panel, exponents: tuple[int, int], *, log: bool) -> Plot:
    """The panel in plot coordinates, its axes still to be found."""
    curve_styles, band_styles = styles([one.role for one in panel.series]), styles([one.role for one in panel.bands])
    curves = [_curve(*pair, exponents, log=log) for pair in zip(panel.series, curve_styles, strict=True)]
    shades = [_shade(*pair, exponents, log=log) for pair in zip(panel.bands, band_styles, strict=True)]
    levels = [found for one in panel.levels if (found := _level(one, exponents, log=log))]
    return Plot(panel.title, tuple(curves), tuple(shades), tuple(levels), axis.EMPTY, axis.EMPTY, ())


def _check_lengths(label: str, x: Sequence[float], *heights: Sequence[float]) -> None:
    if any(len(values) != len(x) for values in heights):
        counts = ", ".join(f"{len(values)} y values" for values in heights)
        raise ReportError(f"series {label!r}: {len(x)} x values, {counts}")


def _level(level: Level, exponents: tuple[int, int], *, log: bool) -> Level | None:
    on_log = log and level.axis == "y"
    if axis.rail(level.value, log=on_log):
        return None
    exponent = exponents[level.axis == "y"]
    return replace(level, value=float(np.log10(level.value)) if on_log else level.value / 10.0**exponent)


def _shade(band: Band, style: LineStyle, exponents: tuple[int, int], *, log: bool) -> Shade:
    _check_lengths(band.label, band.x, band.lower, band.upper)
    every = slice(None, None, -(-len(band.x) // POINTS_PER_CURVE) or 1)
    x = np.array(band.x[every], np.float64) / 10.0 ** exponents[0]
    lower, upper = np.array(band.lower[every], np.float64), np.array(band.upper[every], np.float64)
    broken = ~(np.isfinite(x) & np.isfinite(lower) & np.isfinite(upper))
    if log:
        broken |= upper <= 0
        with np.errstate(divide="ignore", invalid="ignore"):
            lower, upper = np.where(lower > 0, np.log10(lower), -np.inf), np.log10(upper)
    else:
        lower, upper = lower / 10.0 ** exponents[1], upper / 10.0 ** exponents[1]
    return Shade(band.label, style, x, np.where(broken, np.nan, lower), np.where(broken, np.nan, upper))


def _curve(series: Series, style: LineStyle, exponents: tuple[int, int], *, log: bool) -> DrawnCurve:
    _check_lengths(series.label, series.x, series.y)
    x, y = np.array(series.x, np.float64), np.array(series.y, np.float64)
    x, y = x[np.isfinite(x)] / 10.0 ** exponents[0], y[np.isfinite(x)]
    names = np.array([axis.rail(value, log=log) or "" for value in y.tolist()], dtype=np.str_)
    rails = tuple((str(name), x[names == name]) for name in np.unique(names[names != ""]))
    y = np.where(names == "", y, np.nan)
    y = np.log10(y) if log else y / 10.0 ** exponents[1]
    if y.size <= POINTS_PER_CURVE:
        return DrawnCurve(series.label, style, x, y, rails)
    kept = _extremes(y)
    return DrawnCurve(series.label, style, *_medians(x, y), rails, (x[kept], y[kept]))


def _medians(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    stretches = np.array_split(np.arange(y.size), MEDIANS)
    middle = np.array([x[stretch[stretch.size // 2]] for stretch in stretches])
    return middle, np.array([_median(y[stretch]) for stretch in stretches])


def _median(values: Floats) -> float:
    drawable = values[~np.isnan(values)]
    return float(np.median(drawable)) if drawable.size else float("nan")


def _extremes(y: Floats) -> npt.NDArray[np.intp]:
    """Indices of at most some 600 points, every peak and every gap among them."""
    sizes = [stretch.size for stretch in np.array_split(y, POINTS_PER_CURVE // 2)]
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    gaps = np.isnan(y)
    places = np.arange(y.size)
    lowest = np.minimum.reduceat(np.where(gaps, np.inf, y), starts)
    highest = np.maximum.reduceat(np.where(gaps, -np.inf, y), starts)
    shown = [(y == np.repeat(found, sizes)) & ~gaps for found in (lowest, highest)]
    firsts = [np.minimum.reduceat(np.where(one, places, y.size), starts) for one in (*shown, gaps)]
    return np.unique([0, y.size - 1, *(place for found in firsts for place in found if place < y.size)])
