"""The figures that student code makes with matplotlib, as the numbers it handed over."""

from __future__ import annotations

import contextlib
import functools
import sys
import types
from typing import Any

import numpy as np

from .after_import import AfterImport
from .served import Array

MAX_FIGURES = 40
MAX_CURVES = 400
MAX_POINTS = 20_000


class FigureLog:
    """Keeps every figure that is made, shown or not, closed or not."""

    def __init__(self) -> None:
        self.figures: list[Any] = []
        self.shown: dict[tuple[str, bytes, bytes], dict[str, Any]] = {}

    def install(self) -> None:
        """Take effect now where matplotlib is there already, else when it is imported: that costs half a second."""
        for name, patch in (("matplotlib.figure", self._patch_figures), ("matplotlib.pyplot", self._patch_pyplot)):
            if name in sys.modules:
                patch(sys.modules[name])
            else:
                sys.meta_path.insert(0, AfterImport(name, patch))

    def _patch_figures(self, module: types.ModuleType) -> None:
        figure_class = module.Figure
        original = figure_class.__init__

        @functools.wraps(original)
        def remember(figure: Any, *args: Any, **kwargs: Any) -> None:
            original(figure, *args, **kwargs)
            if len(self.figures) < MAX_FIGURES:
                self.figures.append(figure)

        figure_class.__init__ = remember
        figure_class.show = lambda *args, **kwargs: self._snapshot()
        for name in ("savefig", "clear", "clf"):
            setattr(figure_class, name, self._snapshot_before(getattr(figure_class, name)))
        figure_class.savefig = _saved_if_possible(figure_class.savefig)
        module.mpl.RcParams.validate["text.usetex"] = lambda _: False  # there is no LaTeX here

    def _patch_pyplot(self, pyplot: types.ModuleType) -> None:
        # A function, not a method: pyplot hangs attributes on its `show`.
        pyplot.show = lambda *args, **kwargs: self._snapshot()  # type: ignore[attr-defined]
        # Nobody sees a window here, nor presses a key.
        switch_backend = pyplot.switch_backend
        pyplot.switch_backend = lambda *args, **kwargs: switch_backend("agg")  # type: ignore[attr-defined]
        for name in ("pause", "waitforbuttonpress", "ginput"):
            setattr(pyplot, name, lambda *args, **kwargs: self._snapshot())
        for name in ("clf", "cla", "close"):
            setattr(pyplot, name, self._snapshot_before(getattr(pyplot, name)))
        style_use = pyplot.style.use
        pyplot.style.use = lambda style: _quietly(style_use, style)

    def _snapshot_before(self, function: Any) -> Any:
        @functools.wraps(function)
        def then(*args: Any, **kwargs: Any) -> Any:
            self._snapshot()
            return function(*args, **kwargs)

        return then

    def _snapshot(self) -> None:
        # Watching must not break what is watched, and what is drawn may be of the student's own classes.
        with contextlib.suppress(Exception):
            for curve in self._curves():
                if len(self.shown) < MAX_CURVES:
                    self.shown.setdefault(_content(curve), curve)

    def collect(self) -> tuple[list[dict[str, Any]], dict[str, Array]]:
        """All curves ever shown or left on a figure: headers, and their x and y by index."""
        self._snapshot()
        headers, arrays = [], {}
        for index, curve in enumerate(self.shown.values()):
            headers.append({name: value for name, value in curve.items() if name not in ("x", "y")})
            arrays[f"curve.{index}.x"], arrays[f"curve.{index}.y"] = np.array(curve["x"]), np.array(curve["y"])
        return headers, arrays

    def _curves(self) -> list[dict[str, Any]]:
        found = []
        for number, figure in enumerate(self.figures):
            for panel, axes in enumerate(figure.axes):
                shared = {
                    "figure": number,
                    "panel": panel,
                    "title": _label(axes.get_title()),
                    "x_label": _label(axes.get_xlabel()),
                    "y_label": _label(axes.get_ylabel()),
                    "y_scale": axes.get_yscale(),
                }
                found += [{**shared, "label": _label(label), "x": x, "y": y} for label, x, y in _data(axes)]
            _name_by_legend(figure, [curve for curve in found if curve["figure"] == number])
        return found


def _content(curve: dict[str, Any]) -> tuple[str, bytes, bytes]:
    """The same for the same curve. As bytes, since a NaN is not equal to itself."""
    named = {name: value for name, value in curve.items() if name not in ("x", "y")}
    return repr(named), np.array(curve["x"]).tobytes(), np.array(curve["y"]).tobytes()


def _data(axes: Any) -> list[tuple[object, tuple[float, ...], tuple[float, ...]]]:
    """Lines, scattered points and bars, in the order of drawing."""
    named = _names_of_containers(axes)
    curves = [(named.get(line, line.get_label()), line.get_xdata(), line.get_ydata()) for line in axes.get_lines()]
    for points in axes.collections:
        offsets = np.asarray(points.get_offsets())
        if len(offsets) > 1:
            curves.append((points.get_label(), offsets[:, 0], offsets[:, 1]))
    for bars in axes.containers:
        patches = [patch for patch in getattr(bars, "patches", ()) if hasattr(patch, "get_height")]
        if patches:
            curves.append((bars.get_label(), [bar.get_x() for bar in patches], [bar.get_height() for bar in patches]))
    names = _names_in_legend(axes)
    return [(names.get(str(label), label), _numbers(x), _numbers(y)) for label, x, y in curves]


def _names_of_containers(axes: Any) -> dict[Any, str]:
    """The names of lines with error bars, and of stems, which the lines themselves do not have."""
    pairs = [
        (line, container.get_label())
        for container in axes.containers
        for line in (*getattr(container, "lines", ())[:1], getattr(container, "markerline", None))
    ]
    return {line: label for line, label in pairs if line is not None and label and not str(label).startswith("_")}


def _names_in_legend(axes: Any) -> dict[str, str]:
    """What `legend(["train", "valid"])` calls curves that were drawn without a label, by matplotlib's own label."""
    legend = axes.get_legend()
    if legend is None:
        return {}
    pairs = zip(legend.legend_handles, legend.get_texts(), strict=False)
    named = {str(handle.get_label()): text.get_text() for handle, text in pairs if handle is not None}
    return {label: name for label, name in named.items() if label.startswith("_")}


def _name_by_legend(figure: Any, curves: list[dict[str, Any]]) -> None:
    """Curves without a label, as the figure's own legend calls them, in their order."""
    unnamed = [curve for curve in curves if curve["label"].startswith("_")]
    texts = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    if len(texts) == len(unnamed):
        for curve, name in zip(unnamed, texts, strict=True):
            curve["label"] = _label(name)


def _numbers(values: Any) -> tuple[float, ...]:
    try:
        return tuple(np.asarray(values, dtype=np.float64).ravel()[:MAX_POINTS].tolist())
    except (TypeError, ValueError):
        return ()


def _label(text: object) -> str:
    return str(text)[:200]


def _quietly(use: Any, style: Any) -> None:
    with contextlib.suppress(OSError):  # style names change from one version of matplotlib to the next
        use(style)


def _saved_if_possible(savefig: Any) -> Any:
    """A folder of the student's own machine, or one that was not handed in because it is empty, is not missed."""

    @functools.wraps(savefig)
    def save(*args: Any, **kwargs: Any) -> None:
        try:
            savefig(*args, **kwargs)
        except OSError as error:
            print(f"savefig: {error}", file=sys.stderr)

    return save
