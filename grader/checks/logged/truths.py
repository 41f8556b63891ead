"""What may truly be said of runs: each quantity as the ranges that right ways of reading a log give."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from grader.checks.logged.training_run import RunCurve, TrainingRun
from grader.sandbox.protocol import Array

Range = tuple[float, float]
FEW, LONG = 5, 50  # so many last points tell of the end, where there are so many
SHARES = (0.05, 0.1, 0.2)
WINDOWS = (1, 2, 3, 4, 5, 10, 20, 25, 30, 50, 100)


@dataclass(frozen=True)
class Truths:
    """Ranges for what is said of the end, of the last points alone, of the best (single values, and means of ten and
    more), of the start, of the spread, and of the mean over all; `together` is what all runs end with on average, and
    `bounds` are those of intervals around it.
    """

    final: tuple[Range, ...] = ()
    last: tuple[Range, ...] = ()
    best: tuple[Range, ...] = ()
    best_means: tuple[Range, ...] = ()
    start: tuple[Range, ...] = ()
    spread: tuple[Range, ...] = ()
    over_all: tuple[Range, ...] = ()
    together: tuple[Range, ...] = ()
    bounds: tuple[Range, ...] = ()


def truths(runs: Sequence[TrainingRun], noun: str) -> Truths:
    """Of all curves that hold `noun`, in training and in evaluation; each run for itself, and all of them together."""
    kinds = dict.fromkeys(what for run in runs for what in run.curves if what.rpartition(" ")[2] == noun)
    found = [_truths([run.curves[what] for run in runs if what in run.curves]) for what in kinds]
    names = [one.name for one in fields(Truths)]
    return Truths(*(tuple(one for part in found for one in getattr(part, name)) for name in names))


def _truths(curves: Sequence[RunCurve]) -> Truths:
    values = [finite for curve in curves if len(finite := _finite(curve))]
    if not values:
        return Truths()
    starts = [_leading(one) for one in values]
    final = [part for one in values for part in _trailing(one)]
    bests = [best for one in values for best in _bests(one, 1)]
    means = [best for one in values for best in _bests(one, 10)]
    spread = [part for one in values for part in _deviations(one)]
    over_all = [float(one.mean()) for one in values]
    together = _together(values) if len(values) > 1 else []
    if len(values) > 1:
        final += together
        starts.append((float(np.mean([one[0] for one in starts])), float(np.mean([one[1] for one in starts]))))
        spread += _between(values)
        bests += _best_together(values, 1)
        means += _best_together(values, 10)
        over_all.append(float(np.mean(over_all)))
    return Truths(
        tuple(final),
        tuple(_points(part for one in values for part in _last(one))),
        tuple(bests),
        tuple(means),
        tuple(starts),
        tuple(spread),
        tuple(_points(over_all)),
        tuple(together),
        tuple(_interval_bounds(values)) if len(values) > 1 else (),
    )


def _points(values: Iterable[Any]) -> list[Range]:
    return [(float(one), float(one)) for one in values]


def _finite(curve: RunCurve) -> Array:
    values = curve.resumed.values
    return values[np.isfinite(values)]


def _windows(size: int) -> list[int]:
    """Of how many points somebody may take the mean: a few, 2 % to 25 % of all."""
    shares = [max(1, round(size * share)) for share in (0.02, 0.05, 0.1, 0.15, 0.2, 0.25)]
    return sorted({min(window, size) for window in (*WINDOWS, *shares)})


def _final_windows(size: int) -> list[int]:
    """Those of the end: of a long curve no single points."""
    return [window for window in _windows(size) if window >= (FEW if size >= LONG else 1)]


def _trailing(values: Array) -> list[Range]:
    """Means and medians of the last few."""
    windows = _final_windows(len(values))
    means = {window: float(values[-window:].mean()) for window in windows}
    medians = [float(np.median(values[-window:])) for window in windows if window > 2]
    broad = [mean for window, mean in means.items() if _is_broad(window, len(values))]
    return [*_points((*means.values(), *medians)), *([(min(broad), max(broad))] if broad else [])]


def _is_broad(window: int, size: int) -> bool:
    return max(FEW, 0.02 * size) <= window <= max(FEW, 0.26 * size)


def _last(values: Array) -> list[float]:
    """Single points at the end, and means of so few."""
    return [float(values[-window:].mean()) for window in range(1, min(FEW, len(values)) + 1)]


def _leading(values: Array) -> Range:
    means = [float(values[:window].mean()) for window in _windows(len(values)) if window <= max(1, len(values) // 5)]
    return min(means), max(means)


def _bests(values: Array, least: int) -> list[Range]:
    """The highest and the lowest mean of windows that move, of `least` points or more."""
    means = [moving(values, window) for window in _windows(len(values)) if window >= min(least, len(values))]
    return _points(one for mean in means for one in (mean.max(), mean.min()))


def moving(values: Array, window: int) -> Array:
    """Means of so many values in a row."""
    sums = np.cumsum(np.concatenate([[0.0], values]))
    return np.asarray((sums[window:] - sums[:-window]) / window)


def _together(values: Sequence[Array]) -> list[Range]:
    """The mean (and the median) over runs of what each ends with."""
    size = min(map(len, values))
    ends = {window: [float(one[-window:].mean()) for one in values] for window in _final_windows(size)}
    broad = [float(np.mean(end)) for window, end in ends.items() if _is_broad(window, size)]
    shares = [np.mean(_ends(values, share)) for share in SHARES]
    middles = [float(part(end)) for end in ends.values() for part in (np.mean, np.median)]
    found = _points((*map(float, shares), *middles))
    return [*found, *([(min(broad), max(broad))] if broad else [])]


def _ends(values: Sequence[Array], share: float) -> list[float]:
    return [float(one[-max(1, round(len(one) * share)) :].mean()) for one in values]


def _best_together(values: Sequence[Array], least: int) -> list[Range]:
    """Means over runs of what each has at its best, and the best of the mean curve."""
    size, means = min(map(len, values)), []
    for window in [window for window in _windows(size) if window >= min(least, size)]:
        smooth = [moving(one, window) for one in values]
        curve = np.mean([one[: len(smooth[0])] for one in smooth if len(one) >= len(smooth[0])], axis=0)
        means += [
            np.mean([one.max() for one in smooth]),
            np.mean([one.min() for one in smooth]),
            curve.max(),
            curve.min(),
        ]
    return _points(means)


def _deviations(values: Array) -> list[Range]:
    """The standard deviation of the last values."""
    parts = [values[-window:] for window in _windows(len(values)) if window > 2] or [values]
    return _points(part.std(ddof=free) for part in parts for free in (0, 1) if len(part) > free)


def _between(values: Sequence[Array]) -> list[Range]:
    """The deviation between runs, with both denominators, of their means, as a 95 % interval; and of all together."""
    size = min(map(len, values))
    ends = [np.array([one[-window:].mean() for one in values]) for window in _final_windows(size)]
    ends += [np.array(_ends(values, share)) for share in SHARES]
    found = []
    for end in ends:
        deviations = np.array([end.std(), end.std(ddof=1)])
        errors = deviations / np.sqrt(len(end))
        found += [*deviations, *errors, *(1.96 * errors), np.ptp(end) / 2]
    pooled = [np.concatenate([one[-window:] for one in values]) for window in _final_windows(size)]
    return _points((*found, *(part.std(ddof=free) for part in pooled for free in (0, 1))))


def _interval_bounds(values: Sequence[Array]) -> list[Range]:
    """Where intervals around the mean over runs end: deviations, errors, and 95 % of them."""
    from scipy.stats import t

    size, found = min(map(len, values)), []
    for window in _final_windows(size):
        end = np.array([one[-window:].mean() for one in values])
        errors = [float(end.std(ddof=free)) / math.sqrt(len(end)) for free in (0, 1)]
        wide = [1.0, math.sqrt(len(end)), 1.96, 2.0, float(t.ppf(0.975, len(end) - 1))]
        found += [end.mean() + sign * error * times for error in errors for times in wide for sign in (-1, 1)]
    return _points(found)


def passages(curves: Sequence[RunCurve], level: float, *, up: bool, least: int = 1) -> list[float]:
    """Where curves first pass a level, by value and by moving means of `least` points and more."""
    found = []
    for curve in curves:
        whole = curve.resumed
        for window in [window for window in WINDOWS if least <= window <= len(whole.values)]:
            means = moving(np.nan_to_num(whole.values, nan=-np.inf if up else np.inf), window)
            with np.errstate(invalid="ignore"):
                passed = np.flatnonzero(means >= level if up else means <= level)
            found += [float(whole.positions[passed[0] + window - 1])] if len(passed) else []
    return found


def places_of_best(curves: Sequence[RunCurve]) -> Iterator[float]:
    """Where curves have their highest and their lowest value."""
    for curve in curves:
        if np.isfinite(curve.values).any():
            for extreme in (np.nanmax(curve.values), np.nanmin(curve.values)):
                yield from map(float, curve.positions[np.isclose(curve.values, extreme, rtol=1e-3)])
