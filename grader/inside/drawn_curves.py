"""What a call drew with matplotlib: heights and positions, and the names at the axis."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

MAX_CURVES, MAX_NAMES = 30, 200


def names_of(values: Any) -> list[str] | None:
    """A list of names as texts; None if it is no list, or holds something else."""
    with contextlib.suppress(Exception):
        found = list(values)[:MAX_NAMES]
        if all(isinstance(name, str | int) for name in found):
            return [str(name)[:200] for name in found]
    return None


def drawn(session: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """All curves, those of figures that were cleared too: headers, and x and y by index."""
    headers, arrays = session.figures.collect()
    curves = [(header, arrays[f"curve.{index}.x"], arrays[f"curve.{index}.y"]) for index, header in enumerate(headers)]
    axes = [axes for figure in session.figures.figures for axes in figure.axes]
    curves += [({"label": "", "panel": None}, *bars) for one in axes for bars in _lying_bars(one)]
    found = [
        {"label": str(header.get("label", ""))[:200], "y_scale": header.get("y_scale"), "ticks": _ticks(axes)}
        for header, _, _ in curves[:MAX_CURVES]
    ]
    numbers = {}
    for index, (_, x, y) in enumerate(curves[:MAX_CURVES]):
        numbers[f"curve.{index}.x"], numbers[f"curve.{index}.y"] = x, y
    return found, numbers


def _lying_bars(axes: Any) -> list[tuple[Any, Any]]:
    lying = [bars for bars in axes.containers if getattr(bars, "orientation", None) == "horizontal"]
    return [
        (
            np.array([bar.get_y() for bar in bars.patches], dtype=np.float64),
            np.array([bar.get_width() for bar in bars.patches], dtype=np.float64),
        )
        for bars in lying
    ]


def _ticks(axes: list[Any]) -> list[list[Any]]:
    """Positions and texts of the labels at the axes with the most of them that are no numbers."""
    best: list[list[Any]] = []
    for one in axes:
        for axis in (one.xaxis, one.yaxis):
            with contextlib.suppress(Exception):
                pairs = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False)
                found = [[float(place), label.get_text()[:200]] for place, label in pairs if np.isfinite(place)]
                named = [pair for pair in found if pair[1] and not _is_number(pair[1])]
                best = max(best, named[:MAX_NAMES], key=len)
    return best


def _is_number(text: str) -> bool:
    with contextlib.suppress(ValueError):
        float(text.replace("−", "-"))
        return True
    return "mathdefault" in text
