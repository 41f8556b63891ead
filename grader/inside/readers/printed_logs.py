"""Logs as people print them: `Epoch 3/10 | loss: 0.52, acc=0.81`; and files of settings, `lr: 0.01` line by line."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from .log_parts import MAX_ROWS, FileFound, LogPart, UnreadableFile

MAX_LINE, MAX_PAIRS = 2000, 40
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?%?|nan|inf|-inf"
_PAIR = re.compile(
    rf"([A-Za-z_][\w/.@-]*(?: [A-Za-z_][\w/.@-]*){{0,3}})\s*[:=#]?\s*\[?\s*(?:tensor\()?({_NUMBER})\b%?", re.IGNORECASE
)
_NAMED = re.compile(rf"[A-Za-z_]\s*[:=]\s*\[?(?:{_NUMBER})|^\s*[\w. -]{{1,60}}:\s+\S", re.IGNORECASE)
_SETTING = re.compile(r"^\s*[-*]?\s*[\"']?([A-Za-z_][\w. -]{0,60}?)[\"']?\s*[:=]\s*[\"']?(.{1,200}?)[\"']?,?\s*$")


def read(text: str) -> FileFound:
    """The numbers behind names, line by line. Raises UnreadableFile if there are no two lines with the same names."""
    found = FileFound("lines")
    rows = []
    for line in text.splitlines()[: MAX_ROWS * 2]:
        pairs = {_name(name): value for name, value in _PAIR.findall(line[:MAX_LINE])[:MAX_PAIRS]}
        if pairs:
            rows.append(pairs)
        if hit := _SETTING.match(line[:MAX_LINE]):
            found.facts.setdefault(hit[1].strip(), hit[2])
    counts = Counter(name for row in rows for name in row)
    often = {name for name, times in counts.items() if times > 1}
    logged = [row for row in rows if often & set(row)]
    if len(logged) > 1:
        columns: dict[str, list[Any]] = {name: [row.get(name) for row in logged] for name in counts if name in often}
        found.parts = [LogPart("", columns)]
        found.facts = {name: value for name, value in found.facts.items() if _name(name) not in often}
    if not found.parts and not found.facts:
        raise UnreadableFile("it is no log: no two lines have numbers behind the same words")
    return found


def is_likely(text: str) -> bool:
    """Whether most lines have a value behind a name and a colon or an equals sign."""
    some = [line for line in text.splitlines()[:100] if line.strip() and line.lstrip()[0] not in "#%"]
    return bool(some) and sum(_NAMED.search(line[:MAX_LINE]) is not None for line in some) * 2 > len(some)


def _name(name: str) -> str:
    return re.sub(r"\s+", " ", name.strip()).lower()
