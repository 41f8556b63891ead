"""Our own figures straight onto a PDF's page.

WeasyPrint sets the text of an SVG letter by letter and reads paths number by number, which took a sixth of a report's
time. What `figures.drawing` writes is simple enough to be drawn as it is: paths, rectangles and whole words.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

from weasyprint.css.properties import INITIAL_VALUES
from weasyprint.draw.text import draw_first_line
from weasyprint.matrix import Matrix
from weasyprint.pdf.stream import Stream
from weasyprint.svg.text import Style, TextBox
from weasyprint.svg.utils import color
from weasyprint.text.fonts import FontConfiguration
from weasyprint.text.line_break import split_first_line

SVG = "{http://www.w3.org/2000/svg}"
PIXELS = 4 / 3  # of CSS in a point
REGULAR, BOLD = 400, 600
_OURS = re.compile(
    rb'<svg xmlns="http://www.w3.org/2000/svg" width="[\d.]+pt" height="[\d.]+pt" viewBox="0 0 [\d.]+ [\d.]+"'
    rb' font-family="[\w, -]+">'
)
_COMMAND = re.compile("([MLHVCZ])([^MLHVCZ]*)")
_OPERATORS = {"M": "m", "L": "l", "C": "c"}
_ROTATION = re.compile(r"rotate\((\S+) (\S+) (\S+)\)")


def painted(svg: bytes, fonts: FontConfiguration) -> PaintedFigure | None:
    """The figure, ready to be drawn. None for what `figures.drawing` did not write, or with pictures inside."""
    if not _OURS.match(svg):
        return None
    try:
        root = ET.fromstring(svg)  # noqa: S314 - no entities: they would stand before our first element
    except ET.ParseError:
        return None  # WeasyPrint tells what is wrong with it
    return PaintedFigure(root, fonts) if all(part.tag in _DRAW and not len(part) for part in root) else None


class PaintedFigure:
    """What WeasyPrint asks of a picture. Sizes are CSS pixels; inside the figure, points."""

    def __init__(self, root: ET.Element, fonts: FontConfiguration) -> None:
        self._root, self._fonts = root, fonts
        self.width, self.height = (float(size) for size in root.get("viewBox", "").split()[2:])
        self._styles: dict[tuple[str, str], Style] = {}

    def get_intrinsic_size(self, *_: object) -> tuple[float, float, float]:
        """Width, height and their ratio."""
        return self.width * PIXELS, self.height * PIXELS, self.width / self.height

    def draw(self, stream: Stream, width: float, height: float, _style: object) -> None:
        """Draw it as large as asked for."""
        stream.transform(a=width / self.width, d=height / self.height)
        stream.rectangle(0, 0, self.width, self.height)
        stream.clip()
        stream.end()
        for part in self._root:
            with stream.stacked():
                _DRAW[part.tag](self, stream, part)

    def path(self, stream: Stream, part: ET.Element) -> None:
        """Lines and curves."""
        look = _look(stream, part)
        stream.stream.append(_operators(part.get("d", "")))
        look()

    def rect(self, stream: Stream, part: ET.Element) -> None:
        """A rectangle."""
        look = _look(stream, part)
        stream.rectangle(*(float(part.get(name, 0)) for name in ("x", "y", "width", "height")))
        look()

    def text(self, stream: Stream, part: ET.Element) -> None:
        """Words, set as a whole."""
        words, style = part.text or "", self._style(part)
        layout, _, _, width, _, baseline = split_first_line(words, style, None, math.inf, 0)
        x, y = float(part.get("x", 0)), float(part.get("y", 0))
        x -= width * {"middle": 0.5, "end": 1.0}.get(part.get("text-anchor", ""), 0.0)
        if turned := _ROTATION.match(part.get("transform", "")):
            angle, pivot_x, pivot_y = map(float, turned.groups())
            cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            stream.transform(cos, sin, -sin, cos, pivot_x, pivot_y)
            x, y = x - pivot_x, y - pivot_y
        stream.set_color(_colour(part.get("fill", "black"), 1.0))
        layout.reactivate(style)
        box = TextBox(layout, style)
        box.baseline = baseline
        stream.begin_text()
        draw_first_line(stream, box, "none", "none", Matrix(d=-1, e=x, f=y))
        stream.end_text()
        layout.deactivate()

    def _style(self, part: ET.Element) -> Style:
        key = part.get("font-size", "8"), part.get("font-weight", "")
        if key not in self._styles:
            style = self._styles[key] = Style()
            style.update(INITIAL_VALUES)
            style.font_config = self._fonts
            style["font_family"] = [name.strip() for name in self._root.get("font-family", "").split(",")]
            style["font_size"], style["font_weight"] = float(key[0]), BOLD if key[1] else REGULAR
        return self._styles[key]


_DRAW = {f"{SVG}path": PaintedFigure.path, f"{SVG}rect": PaintedFigure.rect, f"{SVG}text": PaintedFigure.text}


def _look(stream: Stream, part: ET.Element) -> Any:
    """Set colours and lines; what is then to be called to paint the shape."""
    fill, stroke = part.get("fill", "none"), part.get("stroke", "none")
    if fill != "none":
        stream.set_color(_colour(fill, float(part.get("fill-opacity", 1))))
    if stroke == "none":
        return stream.end if fill == "none" else stream.fill
    stream.set_color(_colour(stroke, 1.0), stroke=True)
    stream.set_line_width(float(part.get("stroke-width", 1)))
    stream.set_line_join(1 if part.get("stroke-linejoin") == "round" else 0)
    stream.set_miter_limit(4)
    if dashes := part.get("stroke-dasharray"):
        stream.set_dash([float(length) for length in dashes.split()], 0)
    return stream.stroke if fill == "none" else stream.fill_and_stroke


@cache
def _colour(name: str, opacity: float) -> Any:
    found = color(name)
    found.alpha *= opacity
    return found


def _operators(path: str) -> bytes:
    """The same path as a PDF writes it: numbers first."""
    written, x, y = [], "0", "0"
    for command, numbers in _COMMAND.findall(path):
        if command == "Z":
            written.append("h")
            continue
        if command == "H":
            x = numbers
        elif command == "V":
            y = numbers
        else:
            *_, x, y = numbers.split()
        place = numbers if command in _OPERATORS else f"{x} {y}"
        written.append(f"{place} {_OPERATORS.get(command, 'l')}")
    return "\n".join(written).encode()
