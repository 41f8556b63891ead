"""SVG, written directly: real text, no fonts or scripts inside, few elements, the same bytes each time.

A plotting library takes ten times as long, and its clip paths and groups cost WeasyPrint as much again.
Coordinates are points, 1/72 inch, from the upper left corner.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby

Point = tuple[float, float]

MIDDLE = 0.36  # of the type size: from the middle of a capital letter down to its baseline
_KAPPA = 0.5523  # a quarter of a circle as a Bézier curve
_INVALID = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])


@dataclass
class Drawing:
    """A page to draw on, `width` × `height` points."""

    width: float
    height: float
    _parts: list[str] = field(default_factory=list)

    def line(self, points: Iterable[Point], colour: str, width: float, dashes: Sequence[float] = ()) -> None:
        """A line through the points; a point that is not finite interrupts it."""
        path = "".join(
            f"M{_pairs(run)}"
            for finite, run in groupby(points, key=lambda point: math.isfinite(point[0]) and math.isfinite(point[1]))
            if finite
        )
        if path:
            self._path(path, f'fill="none" {_stroke(colour, width, dashes)} stroke-linejoin="round"')

    def lines(
        self, pairs: Iterable[tuple[Point, Point]], colour: str, width: float, dashes: Sequence[float] = ()
    ) -> None:
        """Many straight lines of one look."""
        path = "".join(f"M{_pairs(pair)}" for pair in pairs)
        if path:
            self._path(path, f'fill="none" {_stroke(colour, width, dashes)}')

    def picture(self, corner: Point, width: float, height: float, png: str) -> None:
        """A PNG (base64) in a box, its pixels as squares."""
        x, y = corner
        self._parts.append(
            f'<image x="{_short(x)}" y="{_short(y)}" width="{_short(width)}" height="{_short(height)}" '
            f'preserveAspectRatio="none" image-rendering="pixelated" style="image-rendering: pixelated" '
            f'href="data:image/png;base64,{escape(png)}"/>'
        )

    def area(self, points: Iterable[Point], fill: str, opacity: float = 1) -> None:
        """A filled shape, closed between its first and last point."""
        opaque = "" if opacity == 1 else f' fill-opacity="{_short(opacity)}"'
        self._path(f"M{_pairs(points)}Z", f'fill="{fill}"{opaque}')

    def box(  # noqa: PLR0913 - a rectangle and its looks
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = "none",
        edge: str | None = None,
        line: float = 0.7,
        dashes: Sequence[float] = (),
    ) -> None:
        """A rectangle, `x` and `y` its upper left corner."""
        stroke = "" if edge is None else " " + _stroke(edge, line, dashes)
        size = f'width="{_short(width)}" height="{_short(height)}"'
        self._parts.append(f'<rect x="{_short(x)}" y="{_short(y)}" {size} fill="{fill}"{stroke}/>')

    def boxes(self, places: Iterable[tuple[float, float, float, float]], fill: str) -> None:
        """Many filled rectangles of one colour, each (x, y, width, height), as one element."""
        path = "".join(
            f"M{_short(x)} {_short(y)}H{_short(x + width)}V{_short(y + height)}H{_short(x)}Z"
            for x, y, width, height in places
        )
        if path:
            self._path(path, f'fill="{fill}"')

    def hatch(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Diagonal lines that fill a rectangle."""
        pairs = []
        for start in range(0, int(width + height), 5):
            left, right = max(0.0, start - height), min(width, float(start))
            pairs.append(((x + left, y + start - left), (x + right, y + start - right)))
        self.lines(pairs, colour, 0.8)

    def marks(self, points: Iterable[Point], shape: str, size: float, colour: str, fill: str = "white") -> None:
        """One marker at each point. `shape` is a key of `SHAPES`, `size` its diameter."""
        outline = SHAPES[shape]
        path = "".join(outline(x, y, size / 2) for x, y in points)
        if path:
            self._path(path, f'fill="{fill}" {_stroke(colour, 0.9)}')

    def text(  # noqa: PLR0913 - words, a place and their looks
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        colour: str,
        *,
        anchor: str = "start",
        bold: bool = False,
        turn: float = 0,
    ) -> None:
        """Words whose capitals' middle is at `y`; `anchor` is start, middle or end, `turn` degrees clockwise."""
        words = words.translate(_INVALID)
        if not words.strip():
            return
        weight = ' font-weight="600"' if bold else ""
        place = f'x="{_short(x)}" y="{_short(y + size * MIDDLE)}"'
        rotated = f' transform="rotate({_short(turn)} {_short(x)} {_short(y)})"' if turn else ""
        held = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._parts.append(
            f'<text {place} font-size="{_short(size)}" fill="{colour}"{weight}{held}{rotated}>{escape(words)}</text>'
        )

    def svg(self) -> bytes:
        """The drawing as a file."""
        width, height = _short(self.width), _short(self.height)
        head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt"'
        return (
            f'{head} viewBox="0 0 {width} {height}" font-family="Inter, sans-serif">{"".join(self._parts)}</svg>'
        ).encode()

    def _path(self, path: str, look: str) -> None:
        self._parts.append(f'<path d="{path}" {look}/>')


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def _pairs(points: Iterable[Point]) -> str:
    return "L".join(f"{_short(x)} {_short(y)}" for x, y in points)


def _stroke(colour: str, width: float, dashes: Sequence[float] = ()) -> str:
    dashed = f' stroke-dasharray="{" ".join(map(_short, dashes))}"' if dashes else ""
    return f'stroke="{colour}" stroke-width="{_short(width)}"{dashed}'


def _circle(x: float, y: float, r: float) -> str:
    k = r * _KAPPA
    corners = ((x, y + r), (x - r, y), (x, y - r), (x + r, y))
    pulls = (
        ((x + r, y + k), (x + k, y + r)),
        ((x - k, y + r), (x - r, y + k)),
        ((x - r, y - k), (x - k, y - r)),
        ((x + k, y - r), (x + r, y - k)),
    )
    curves = (
        f"C{_short(a[0])} {_short(a[1])} {_short(b[0])} {_short(b[1])} {_short(end[0])} {_short(end[1])}"
        for (a, b), end in zip(pulls, corners, strict=True)
    )
    return f"M{_short(x + r)} {_short(y)}{''.join(curves)}Z"


class _Polygon:
    """Corners on the unit circle's scale, y downwards."""

    def __init__(self, *corners: Point) -> None:
        self.corners = corners

    def __call__(self, x: float, y: float, r: float) -> str:
        return f"M{_pairs((x + dx * r, y + dy * r) for dx, dy in self.corners)}Z"


def _star(points: int, inner: float) -> _Polygon:
    turn = math.pi / points
    radii = [(inner if i % 2 else 1.15, i * turn) for i in range(2 * points)]
    return _Polygon(*((radius * math.sin(angle), -radius * math.cos(angle)) for radius, angle in radii))


def _crossed(turn: float) -> _Polygon:
    arm, edge = 0.38, 1.05
    plus = [(arm, -edge), (arm, -arm), (edge, -arm), (edge, arm), (arm, arm), (arm, edge)]
    plus += [(-x, -y) for x, y in plus]
    c, s = math.cos(turn), math.sin(turn)
    return _Polygon(*((x * c - y * s, x * s + y * c) for x, y in plus))


SHAPES: dict[str, Callable[[float, float, float], str]] = {
    "circle": _circle,
    "square": _Polygon((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "up": _Polygon((0, -1.1), (1.05, 0.85), (-1.05, 0.85)),
    "down": _Polygon((0, 1.1), (1.05, -0.85), (-1.05, -0.85)),
    "diamond": _Polygon((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
    "plus": _crossed(0),
    "cross": _crossed(math.pi / 4),
    "star": _star(5, 0.5),
    "pentagon": _star(5, 0.93),
    "hexagon": _star(3, 1.15),
}
