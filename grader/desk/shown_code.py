"""A notebook or program as lines and outputs: text and pictures alone; HTML and SVG of outputs are not shown."""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup, escape

from grader.inside.source import decode
from grader.report.page.code import highlighted

MOST_LINES, MOST_COLUMNS, MOST_CELLS, MOST_OUTPUT = 3000, 400, 400, 6000
MOST_PICTURE = 8 << 20  # bytes
MOST_PIXELS = 40_000_000
PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


@dataclass(frozen=True)
class ShownLine:
    """A line of a program or cell."""

    number: int
    code: Markup


@dataclass(frozen=True)
class Output:
    """What a cell printed, or a picture: `kind` is an image's type, or empty for text."""

    text: str = ""
    kind: str = ""
    picture: bytes = b""


@dataclass(frozen=True)
class ShownPart:
    """A program, or a cell of a notebook; `cell` counts the cells with code from 1 and is 0 for prose."""

    cell: int | None
    lines: tuple[ShownLine, ...]
    outputs: tuple[Output, ...] = ()
    prose: str = ""

    @cached_property
    def html(self) -> Markup:
        """All lines as a page shows them; a template would take ten times as long."""
        cell = self.cell or ""
        row = '<div class="cl" data-cell="{}" data-line="{}"><span class="ln">{}</span>{}</div>'
        return Markup("").join(Markup(row.format(cell, one.number, one.number, one.code)) for one in self.lines)  # noqa: S704 - numbers, and code that is escaped


def program(content: bytes) -> tuple[ShownPart, ...]:
    """A Python file."""
    return (ShownPart(None, _lines(decode(content))),)


def plain(content: bytes) -> tuple[ShownPart, ...]:
    """A text file."""
    lines = decode(content).splitlines()[:MOST_LINES]
    return (ShownPart(None, tuple(ShownLine(number, escape(visible(line))) for number, line in enumerate(lines, 1))),)


def notebook(content: bytes) -> tuple[ShownPart, ...]:
    """A notebook's cells; its text as it is where it is no notebook."""
    try:
        return tuple(_cells(json.loads(content)))[:MOST_CELLS]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return plain(content)


def _cells(found: Mapping[str, Any]) -> Iterator[ShownPart]:
    number = 0
    for sheet in found.get("worksheets") or [found]:
        for cell in sheet["cells"]:
            text = _joined(cell.get("source", cell.get("input", "")))
            if cell.get("cell_type") == "code":
                number += 1
                yield ShownPart(number, _lines(text), tuple(_outputs(cell.get("outputs"))))
            elif text.strip():
                yield ShownPart(0, (), prose=visible(text[:MOST_OUTPUT], keep="\n"))


def _joined(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _lines(source: str) -> tuple[ShownLine, ...]:
    lines = [visible(line) for line in source.splitlines()[:MOST_LINES]]
    return (
        tuple(ShownLine(number, code) for number, code in enumerate(highlighted("\n".join(lines)), 1)) if lines else ()
    )


def _outputs(outputs: Any) -> Iterator[Output]:
    for one in outputs if isinstance(outputs, list) else ():
        data = one.get("data", {}) if isinstance(one, dict) else {}
        if picture := _picture(data):
            yield picture
        elif text := _text(one, data):
            yield Output(text=text)


def _picture(data: Mapping[str, Any]) -> Output | None:
    for kind, start in PICTURES.items():
        try:
            content = base64.b64decode(_joined(data.get(kind)))
        except (binascii.Error, ValueError):
            continue
        if content.startswith(start) and len(content) <= MOST_PICTURE and _small(kind, content):
            return Output(kind=kind, picture=content)
    return None


def _small(kind: str, content: bytes) -> bool:
    """Whether a PNG says that it has no more pixels than a browser is asked to make."""
    if kind != "image/png":
        return True
    width, height = int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    return 0 < width * height <= MOST_PIXELS


def _text(one: Any, data: Mapping[str, Any]) -> str:
    if not isinstance(one, dict):
        return ""
    told = one.get("text") or data.get("text/plain") or one.get("traceback") or ""
    joined = "\n".join(map(str, told)) if one.get("output_type") in ("error", "pyerr") else _joined(told)
    clean = visible(_ANSI.sub("", joined[: 4 * MOST_OUTPUT]), keep="\n")
    return clean if len(clean) <= MOST_OUTPUT else f"{clean[:MOST_OUTPUT]} …"


def visible(text: str, keep: str = "") -> str:
    """Text in which nothing hides: controls, and marks that turn the direction of writing, are spelt out."""
    text = text.expandtabs(4) if not keep else text
    plainly = text.isascii() and text.isprintable()
    shown = (
        text
        if plainly
        else "".join(char if char in keep or not _hides(char) else f"⟨U+{ord(char):04X}⟩" for char in text)
    )
    return shown if keep or len(shown) <= MOST_COLUMNS else f"{shown[:MOST_COLUMNS]} …"


def _hides(char: str) -> bool:
    return (char > "~" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")) or char < " "
