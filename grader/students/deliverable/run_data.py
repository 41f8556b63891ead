"""`run.json`: what a student's run wrote down, as figures and values of the report.

Its shape says what each entry is:

    "learnable_layers": 82                                          a value: {run:learnable_layers}
    "loss": {"lr 0.001": [2.3, 1.9], "lr 0.0001": [2.3, 2.2]}       curves, one point a step
    "confusion": {"classes": ["boat", "cake"], "lr 0.001": [[40, 2], [3, 39]]}    [actual][predicted]
    "gradients": {"layers": ["conv1", "fc"], "with skip": [0.1, 0.2]}             a value for each layer
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from grader.exhibit import BarFigure, Bars, LineFigure, Matrix, MatrixPanel, Panel, Series
from grader.students.deliverable.markdown import ReportSourceError

FILE = "run.json"
Exhibit = LineFigure | Matrix | BarFigure


def read_run(content: bytes | None) -> Mapping[str, Any]:
    """The entries by name; none if there is no such file. Raises ReportSourceError."""
    if content is None:
        return {}
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ReportSourceError(f"{FILE}: expected JSON, found: {error}") from None
    if not isinstance(found, dict):
        raise ReportSourceError(f"{FILE}: expected an object of named entries, found a {type(found).__name__}")
    return found


def value(run: Mapping[str, Any], name: str) -> str:
    """A number or a text of the run. Raises ReportSourceError."""
    found = _entry(run, name)
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        raise ReportSourceError(
            f"{{run:{name}}}: expected a number or a text in {FILE}, found a {type(found).__name__}"
        )
    return f"{found:g}" if isinstance(found, float) else f"{found:,}" if isinstance(found, int) else found[:200]


def exhibit(run: Mapping[str, Any], name: str, caption: str, alt: str) -> Exhibit:
    """A figure of the run's data. Raises ReportSourceError."""
    found = _entry(run, name)
    if not isinstance(found, dict) or not found:
        raise ReportSourceError(
            f"run:{name}: expected named lists of numbers in {FILE}, found a {type(found).__name__}"
        )
    if "classes" in found:
        return _matrix(found, name, caption, alt)
    if "layers" in found:
        return _bars(found, name, caption, alt)
    return _lines(found, name, caption, alt)


def _entry(run: Mapping[str, Any], name: str) -> Any:
    if name not in run:
        listed = ", ".join(sorted(run)) or "none, or no such file"
        raise ReportSourceError(f"run:{name}: expected an entry {name!r} in {FILE}, found {listed}")
    return run[name]


def _lines(found: Mapping[str, Any], name: str, caption: str, alt: str) -> LineFigure:
    series = []
    for label, values in found.items():
        y = _numbers(values, f"run:{name}, {label!r}")
        series.append(Series(label, tuple(float(step) for step in range(1, len(y) + 1)), y))
    return LineFigure(name, "", caption, alt, "step", name, (Panel("", tuple(series)),))


def _bars(found: Mapping[str, Any], name: str, caption: str, alt: str) -> BarFigure:
    names = _texts(found["layers"], f"run:{name}, 'layers'")
    groups = []
    for label, values in found.items():
        if label == "layers":
            continue
        numbers = _numbers(values, f"run:{name}, {label!r}")
        if len(numbers) != len(names):
            raise ReportSourceError(f"run:{name}, {label!r}: expected {len(names)} values, found {len(numbers)}")
        groups.append(Bars(label, numbers))
    return BarFigure(name, "", caption, alt, name, names, tuple(groups), log_x=True)


def _matrix(found: Mapping[str, Any], name: str, caption: str, alt: str) -> Matrix:
    labels = _texts(found["classes"], f"run:{name}, 'classes'")
    panels = []
    for label, rows in found.items():
        if label == "classes":
            continue
        if not isinstance(rows, list) or len(rows) != len(labels):
            raise ReportSourceError(f"run:{name}, {label!r}: expected {len(labels)} rows, one for each class")
        counts = tuple(_numbers(row, f"run:{name}, {label!r}") for row in rows)
        if any(len(row) != len(labels) for row in counts):
            raise ReportSourceError(f"run:{name}, {label!r}: expected {len(labels)} columns, one for each class")
        panels.append(MatrixPanel(label, counts))
    return Matrix(name, "", caption, labels, tuple(panels), alt)


def _numbers(values: Any, where: str) -> tuple[float, ...]:
    if not isinstance(values, list) or not values:
        raise ReportSourceError(f"{where}: expected a list of numbers, found {str(values)[:60]!r}")
    if wrong := [part for part in values if isinstance(part, bool) or not isinstance(part, int | float | None)]:
        raise ReportSourceError(f"{where}: expected numbers, found {str(wrong[0])[:60]!r}")
    return tuple(math.nan if part is None else float(part) for part in values)


def _texts(values: Any, where: str) -> tuple[str, ...]:
    if not isinstance(values, list) or not values or not all(isinstance(part, str) for part in values):
        raise ReportSourceError(f"{where}: expected a list of names, found {str(values)[:60]!r}")
    return tuple(values)
