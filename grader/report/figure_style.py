"""How figures look: Inter as real text, Okabe-Ito colours, line styles and markers that survive greyscale."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

from grader.report.fonts import FIGURE_FONTS, INTER

WIDTH = 493.0  # points: the text width of an A4 page
INK, MUTED, RULE, GRID = "#1b2430", "#5b6673", "#9aa5b1", "#dfe4ea"
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
READABLE = {BLUE: "#005C93", ORANGE: "#A34400", GREEN: "#00704F", PURPLE: "#9A3F75"}  # 4.5:1 as small text
SMALL, NORMAL = 7.0, 7.8

_RC: Any = {
    "font.family": "Inter",
    "font.size": NORMAL,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "hatch.linewidth": 0.8,
    "path.simplify": True,
    "savefig.facecolor": "none",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "grader",
    "svg.id": None,
}


@dataclass(frozen=True)
class LineStyle:
    """One way to draw a curve: told apart by colour, dashes and marker, each enough on its own."""

    colour: str
    dashes: Any
    marker: str


STUDENT = (
    LineStyle(BLUE, "-", "o"),
    LineStyle(GREEN, (0, (6, 1.5)), "^"),
    LineStyle(PURPLE, (0, (1, 1)), "D"),
    LineStyle(INK, (0, (5, 1.5, 1, 1.5)), "v"),
)
REFERENCE = (
    LineStyle(ORANGE, (0, (3.5, 1.8)), "s"),
    LineStyle(INK, (0, (1.2, 1.6)), "P"),
    LineStyle(PURPLE, (0, (8, 2)), "X"),
    LineStyle(GREEN, (0, (3, 1, 1, 1)), "p"),
)


@cache
def _register_fonts() -> None:
    for path in FIGURE_FONTS:
        font_manager.fontManager.addfont(str(path))


def style() -> AbstractContextManager[None]:
    """The context in which figures are built and saved; global settings come back afterwards."""
    _register_fonts()
    return mpl.rc_context(_RC)


def blank(height: float, width: float = WIDTH) -> Figure:
    """An empty figure; sizes in points, 1/72 inch."""
    return Figure(figsize=(width / 72, height / 72), dpi=72)


def axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """A plot area at a place in points from the figure's lower left corner."""
    page_width, page_height = figure.get_size_inches() * 72
    return figure.add_axes((left / page_width, bottom / page_height, width / page_width, height / page_height))


def svg(figure: Figure) -> bytes:
    """The figure as SVG with real text; the same bytes each time."""
    buffer = io.BytesIO()
    canvas: Any = FigureCanvasSVG(figure)  # print_svg has no types
    metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    canvas.print_svg(buffer, metadata=metadata)
    return buffer.getvalue()


@cache
def _ruler(path: str) -> FT2Font:
    font = FT2Font(path)
    font.set_size(100, 72)
    return font


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width in points of `text` set in Inter."""
    font = _ruler(str(FIGURE_FONTS[1] if bold else INTER))
    font.set_text(text)
    return float(font.get_width_height()[0]) / 64 * size / 100


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions near the wanted ones, `gap` apart or more, within `low` to `high` if they fit."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = [wanted[i] for i in order]
    for _ in range(60):
        for i in range(len(placed) - 1):
            overlap = gap - (placed[i + 1] - placed[i])
            if overlap > 0:
                placed[i] -= overlap / 2
                placed[i + 1] += overlap / 2
        placed = [min(max(place, low), high) for place in placed]
    result = [0.0] * len(placed)
    for i, place in zip(order, placed, strict=True):
        result[i] = place
    return result
