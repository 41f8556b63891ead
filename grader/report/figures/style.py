"""How figures look: Inter as real text, Okabe-Ito colours, line styles and markers that survive greyscale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from grader.exhibit import Role
from grader.report.page.fonts import FIGURE_FONTS, advances

WIDTH = 493.0  # points: the text width of an A4 page
INK, MUTED, RULE, GRID = "#1b2430", "#5b6673", "#9aa5b1", "#dfe4ea"
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
READABLE = {BLUE: "#005C93", ORANGE: "#A34400", GREEN: "#00704F", PURPLE: "#9A3F75"}  # 4.5:1 as small text
SMALL, NORMAL = 7.0, 7.8
WIDE = "\u1100"  # from here on scripts whose letters are as wide as they are high


@dataclass(frozen=True)
class LineStyle:
    """One way to draw a curve: told apart by colour, dashes (points) and marker, each enough on its own."""

    colour: str
    dashes: tuple[float, ...]
    marker: str

    @property
    def readable(self) -> str:
        """The colour for small text."""
        return READABLE.get(self.colour, INK)


STUDENT = (
    LineStyle(BLUE, (), "circle"),
    LineStyle(GREEN, (8.4, 2.1), "up"),
    LineStyle(PURPLE, (1.4, 1.4), "diamond"),
    LineStyle(INK, (7, 2.1, 1.4, 2.1), "down"),
)
REFERENCE = (
    LineStyle(ORANGE, (4.9, 2.5), "square"),
    LineStyle(INK, (1.7, 2.2), "plus"),
    LineStyle(PURPLE, (11.2, 2.8), "star"),
    LineStyle(GREEN, (4.2, 1.4, 1.4, 1.4), "pentagon"),
)
BROKEN = (
    LineStyle(INK, (2.8, 1.4), "cross"),
    LineStyle(PURPLE, (7, 1.4, 1.4, 1.4, 1.4, 1.4), "hexagon"),
)
PALETTES: dict[Role, tuple[LineStyle, ...]] = {"student": STUDENT, "reference": REFERENCE, "broken": BROKEN}


def styles(roles: Sequence[Role]) -> list[LineStyle]:
    """A style for each curve of a panel, in order, by whose curve it is."""
    return [PALETTES[role][roles[:i].count(role) % len(PALETTES[role])] for i, role in enumerate(roles)]


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width in points of `text` set in Inter."""
    return _units(text, bold=bold) * size


@cache
def _units(text: str, *, bold: bool) -> float:
    widths = advances(FIGURE_FONTS[bold])
    return sum(widths.get(ord(char), 0.6 if char < WIDE else 1.0) for char in text)


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
