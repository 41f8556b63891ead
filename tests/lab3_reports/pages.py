"""Made-up reports as HTML: a body of paragraphs and figures, set in one of several styles."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import texts
from PIL import Image, ImageDraw

STYLES: Mapping[str, str] = {
    "plain": "body { font: 11pt 'DejaVu Serif' } @page { size: A4; margin: 25mm }",
    "columns": """
        @page { size: A4; margin: 22mm 18mm; @top-left { content: 'EIE4122 Lab 3'; font: 8pt 'DejaVu Serif' }
                @bottom-center { content: 'Page ' counter(page) ' of ' counter(pages); font: 8pt 'DejaVu Serif' } }
        body { font: 9pt 'DejaVu Serif'; text-align: justify; hyphens: auto }
        main { columns: 2; column-gap: 7mm } figcaption { font-size: 7.5pt } h1 { text-align: center }""",
    "word": """
        @page { size: letter; margin: 1in; @bottom-right { content: counter(page); font: 10pt 'DejaVu Sans' } }
        body { font: 11pt 'DejaVu Sans' } p { margin: 0 0 8pt } h2 { font-size: 13pt; color: #2f5496 }
        figcaption { font-style: italic; font-size: 9pt; color: #44546a } header { page-break-after: always }""",
    "ieee": """
        @page { size: letter; margin: 19mm 16mm } body { font: 9.5pt 'DejaVu Serif'; text-align: justify }
        main { columns: 2; column-gap: 5mm } p { text-indent: 1em; margin: 0 } figcaption { font-size: 7.5pt }
        h1 { text-align: center; font-weight: normal; font-size: 20pt }
        h2 { text-align: center; font-weight: normal; font-size: 9.5pt; text-transform: uppercase }""",
    "typewriter": "body { font: 10pt 'DejaVu Sans Mono' } @page { size: A4; margin: 20mm }",
    "landscape": "body { font: 12pt 'DejaVu Sans' } @page { size: A4 landscape; margin: 20mm }",
}
COMMON = """
    figure { margin: 3mm 0; text-align: center; break-inside: avoid } img, svg { width: 62mm }
    pre { font: 7.5pt 'DejaVu Sans Mono'; white-space: pre-wrap } table { border-collapse: collapse; margin: 3mm auto }
    td, th { padding: 1mm 4mm; border-bottom: 0.3pt solid #888 } h1 { font-size: 17pt } h2 { font-size: 13pt }
    .hidden { color: white; font-size: 6pt }"""


@dataclass(frozen=True)
class Figure:
    """A figure with its caption; `kind` is histogram, diagram, curve, drawing (vector) or none (caption alone)."""

    caption: str
    kind: str = "histogram"
    above: bool = False


@dataclass(frozen=True)
class Report:
    """`parts` are headings (`# …`), paragraphs, figures, preformatted texts (`| …`) and raw HTML (`<…`)."""

    title: str
    parts: Sequence[str | Figure]
    style: str = "plain"
    author: str = "A student"
    references: bool = True
    fields: Mapping[str, str] = field(default_factory=dict)


def html(report: Report) -> str:
    """The whole page."""
    body = "\n".join(_part(part, report.fields) for part in report.parts)
    if report.references:
        items = "".join(f"<p>[{number}] {text}</p>" for number, text in enumerate(texts.REFERENCES, 1))
        body += f"<h2>References</h2>{items}"
    style = COMMON + STYLES[report.style]
    return (
        f"<html lang=en><head><title>{report.title}</title><style>{style}</style></head><body><header>"
        f"<h1>{report.title}</h1><p>{report.author}</p></header><main>{body}</main></body></html>"
    )


def _part(part: str | Figure, fields: Mapping[str, str]) -> str:
    if isinstance(part, Figure):
        return _figure(part)
    if part.startswith("# "):
        return f"<h2>{part[2:]}</h2>"
    if part.startswith("| "):
        return f"<pre>{part[2:].strip()}</pre>"
    return part if part.startswith("<") else f"<p>{_filled(part, fields)}</p>"


def _filled(text: str, fields: Mapping[str, str]) -> str:
    """The text with `{NAME}` replaced; a sentence that begins with one keeps its capital."""
    return re.sub(r"\{(\w+)\}", lambda found: fields.get(found[1], "One of our figures"), text.strip())


def _figure(figure: Figure) -> str:
    shown = {"drawing": _drawing, "none": lambda _: ""}.get(figure.kind, _picture)(figure)
    caption = f"<figcaption>{figure.caption}</figcaption>" if figure.caption else ""
    return f"<figure>{caption}{shown}</figure>" if figure.above else f"<figure>{shown}{caption}</figure>"


def _picture(figure: Figure) -> str:
    file = io.BytesIO()
    {"diagram": _diagram, "curve": _curve}.get(figure.kind, _histogram)(len(figure.caption)).save(file, "PNG")
    return f"<img src='data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}'>"


def _heights(seed: int) -> list[float]:
    values = np.random.default_rng(seed).normal(0, 0.5 + seed % 5 / 10, 2000)
    return (np.histogram(values, 24, (-2, 2))[0] / 400).tolist()


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("P", (240, 150), 0)
    image.putpalette([255, 255, 255, 60, 90, 160, 20, 20, 20])
    return image, ImageDraw.Draw(image)


def _histogram(seed: int) -> Image.Image:
    image, draw = _canvas()
    for index, height in enumerate(_heights(seed)):
        draw.rectangle((index * 10, 145 - 120 * height, index * 10 + 8, 145), fill=1)
    return image


def _diagram(seed: int) -> Image.Image:
    image, draw = _canvas()
    for index, name in enumerate(("dense", "norm", "dense", "add")):
        draw.rectangle((20, 5 + 36 * index, 120, 30 + 36 * index), outline=2)
        draw.text((40, 10 + 36 * index), name, fill=2)
    draw.line((120, 20, 180, 20, 180, 125, 120, 125), fill=1)
    return image


def _curve(seed: int) -> Image.Image:
    image, draw = _canvas()
    draw.line([(x, 140 - 120 * (1 - np.exp(-x / 60))) for x in range(0, 240, 4)], fill=1)
    return image


def _drawing(figure: Figure) -> str:
    bars = "".join(
        f"<rect x='{20 + 9 * index}' y='{110 - 90 * height:.1f}' width='8' height='{90 * height:.1f}' fill='#37a'/>"
        for index, height in enumerate(_heights(len(figure.caption)))
    )
    ticks = "".join(f"<text x='{20 + 54 * index}' y='122' font-size='8'>{index - 2}</text>" for index in range(5))
    axis = "<path d='M20 10 L20 110 L240 110' stroke='#000' fill='none'/>"
    label = "<text x='90' y='134' font-size='8'>weight of a connection</text>"
    return f"<svg viewBox='0 0 250 140' xmlns='http://www.w3.org/2000/svg'>{bars}{axis}{ticks}{label}</svg>"
