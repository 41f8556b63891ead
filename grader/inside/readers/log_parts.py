"""What readers share: how they say that a file cannot be read, and how much they take of one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..channel import Array

MAX_BYTES = 64 << 20
MAX_ROWS, MAX_COLUMNS, MAX_PARTS, MAX_FACTS = 500_000, 200, 500, 300
MAX_CELLS = 4_000_000
MAX_TEXT, MAX_CHOICES = 200, 60
_TENSOR = re.compile(r"(?:tensor|array|np\.float\d+|np\.int\d+)\(\s*\[?([^,()\]]{1,40})")

Answer = tuple[dict[str, Any], dict[str, Array]]


class UnreadableFile(Exception):
    """The file cannot be read as what it should be: the message is for people."""


@dataclass
class LogPart:
    """Some columns that belong together, row by row: of a table, of one tag of an event file. Cells that are no number
    are None or texts.
    """

    name: str
    columns: dict[str, list[Any]] = field(default_factory=dict)


@dataclass
class FileFound:
    """What a file holds: its parts, single facts (settings, mostly) and remarks."""

    format: str
    parts: list[LogPart] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def answer(self) -> Answer:
        """As a header and arrays. Numbers become float64; a column with few different texts becomes choices."""
        header: dict[str, Any] = {"format": self.format, "remarks": self.remarks[:20], "parts": []}
        header["facts"] = dict(list(_plain_facts(self.facts))[:MAX_FACTS])
        arrays: dict[str, Array] = {}
        room = MAX_CELLS
        for number, part in enumerate(self.parts[:MAX_PARTS]):
            listed = []
            for place, (name, cells) in enumerate(list(part.columns.items())[:MAX_COLUMNS]):
                kept = cells[: min(MAX_ROWS, room)]
                room -= len(kept)
                about, array = column(kept)
                if about is not None:
                    listed.append({"name": str(name)[:MAX_TEXT], **about})
                    arrays[f"{number}/{place}"] = array
                    listed[-1]["array"] = f"{number}/{place}"
            header["parts"].append({"name": part.name[:MAX_TEXT], "columns": listed})
        return header, arrays


def column(cells: list[Any]) -> tuple[dict[str, Any] | None, Array]:
    """A column as numbers, or as numbers of `choices`; None if it is neither."""
    found = [number(cell) for cell in cells]
    texts = [str(cell)[:MAX_TEXT] for cell, one in zip(cells, found, strict=True) if one is None and said(cell)]
    if len(texts) * 5 <= len(cells):
        return {}, np.array([np.nan if one is None else one for one in found], np.float64)
    choices = list(dict.fromkeys(texts))
    if len(choices) > MAX_CHOICES:
        return None, np.zeros(0)
    places = {text: place for place, text in enumerate(choices)}
    coded = [places.get(str(cell)[:MAX_TEXT], -1) if said(cell) else -1 for cell in cells]
    return {"choices": choices}, np.array(coded, np.int32)


def said(cell: Any) -> bool:
    """Whether a cell holds anything."""
    return cell is not None and str(cell).strip().lower() not in ("", "none", "null", "-", "n/a", "na")


def number(cell: Any) -> float | None:
    """A cell as a number: `0.5`, `tensor(0.5)`, `12 %`, `1,234.5`, `nan`; None for what is none."""
    if isinstance(cell, int | float):
        return to_float(cell)
    if not isinstance(cell, str) or len(cell) > MAX_TEXT:
        return None
    text = cell.strip().strip("\"'")
    found = _float(text)
    return found if found is not None else _float(_bare(text))


def _bare(text: str) -> str:
    """A number without what is written around it or within."""
    if hit := _TENSOR.match(text):
        return hit[1]
    if text.endswith("%"):
        return text[:-1]
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        return text.replace(",", "")
    return {"true": "1", "false": "0"}.get(text.lower(), "")


def _float(text: str) -> float | None:
    try:
        return float(text.strip())
    except ValueError:
        return None


def to_float(value: float) -> float:
    """A number as float64; what is too large for it is infinite."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _plain_facts(facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Facts that JSON holds: texts, finite numbers, truth values."""
    for name, value in facts.items():
        plain = to_float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
        if isinstance(plain, float) and not np.isfinite(plain):
            continue
        if isinstance(plain, str | bool | float):
            yield str(name)[:MAX_TEXT], plain[:MAX_TEXT] if isinstance(plain, str) else plain
