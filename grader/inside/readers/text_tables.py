"""Tables as text: CSV, TSV, columns between blanks, with comments, repeated headers, settings above the table."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from .log_parts import MAX_COLUMNS, MAX_ROWS, FileFound, LogPart, UnreadableFile, number, said

MAX_LINE = 100_000
_SETTING = re.compile(r"^\s*([A-Za-z_][\w ./-]{0,60}?)\s*[:=]\s*(.{1,200}?)\s*$")
_WHEN = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$")


def read(text: str) -> FileFound:
    """One table. Raises UnreadableFile if it has not two rows of as many cells."""
    found = FileFound("table")
    lines = [line for line in text.splitlines() if line.strip()]
    if any(len(line) > MAX_LINE for line in lines):
        raise UnreadableFile(f"it has a line of more than {MAX_LINE:,} characters")
    comments = [line.lstrip()[1:].strip() for line in lines if line.lstrip()[:1] in "#%"]
    body = [line for line in lines if line.lstrip()[:1] not in "#%"]
    for line in comments:
        found.facts |= _facts(line)
    while body and len(body) > 1 and (fact := _leading_fact(body)):
        found.facts |= fact
        body = body[1:]
    if not body:
        raise UnreadableFile("there are no rows in it")
    delimiter = _delimiter(body)
    rows = _rows(body[: MAX_ROWS + 1], delimiter)
    if len(body) > MAX_ROWS:
        found.remarks.append(f"only its first {MAX_ROWS:,} of {len(body):,} rows were read")
    found.parts = [_part(rows, comments, delimiter, found)]
    if not any(number(cell) is not None for cells in found.parts[0].columns.values() for cell in cells[:100]):
        raise UnreadableFile("it is no log: there are no columns of numbers in it")
    return found


def _delimiter(lines: Sequence[str]) -> str | None:
    """The one that parts most lines into as many cells; None for blanks. Raises UnreadableFile."""
    some = lines[:200]
    for mark in (",", ";", "\t", "|", None):
        counts = Counter(len(line.split(mark)) for line in some)
        most, times = counts.most_common(1)[0]
        if most > 1 and times * 2 >= len(some) and not (mark == "," and ";" in some[0]):
            return mark
    if len(some) > 1 and sum(number(line) is not None for line in some) * 2 >= len(some):
        return ","  # one column
    raise UnreadableFile("it is no table: its lines have no cells in common")


def _rows(lines: Sequence[str], delimiter: str | None) -> list[list[str]]:
    if delimiter is None:
        return [line.split() for line in lines]
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    except csv.Error as error:
        raise UnreadableFile(f"it is no table: {error}") from None
    if delimiter == "|":
        rows = [[cell.strip() for cell in row[bool(row and not row[0].strip()) :]] for row in rows]
        rows = [row[:-1] if row and not row[-1] else row for row in rows]
        rows = [row for row in rows if any(cell.strip("-:+ ") for cell in row)]
    return [row for row in rows if row]


def _part(rows: list[list[str]], comments: list[str], delimiter: str | None, found: FileFound) -> LogPart:
    first = [cell.strip() for cell in rows[0]]
    wide = Counter(map(len, rows)).most_common(1)[0][0]
    names = first if not any(number(cell) is not None for cell in first) else None
    if names is not None:
        rows = rows[1:]
        if any([cell.strip() for cell in row] == first for row in rows):
            found.facts["restarted"] = True
            rows = [row for row in rows if [cell.strip() for cell in row] != first]
    elif comments and len(above := [part.strip() for part in comments[-1].split(delimiter)]) == wide:
        names = above
    names = names or [f"column {place}" for place in range(1, wide + 1)]
    names = [name or f"column {place}" for place, name in enumerate(names, 1)][:MAX_COLUMNS]
    columns: dict[str, list[Any]] = {}
    for place, name in enumerate(names):
        cells: list[Any] = [_cell(row[place], delimiter) if place < len(row) else None for row in rows]
        columns[f"{name} ({place + 1})" if name in columns else name] = _moments(cells)
    return LogPart("", columns)


def _cell(cell: str, delimiter: str | None) -> str:
    """Numbers with a comma before their decimals, where commas part no cells."""
    return cell.replace(",", ".") if delimiter in (";", "\t") and re.fullmatch(r"\s*[-+]?\d+,\d+\s*", cell) else cell


def _moments(cells: list[Any]) -> list[Any]:
    """Days and hours as seconds."""
    shown = [cell for cell in cells if isinstance(cell, str) and said(cell)]
    if not shown or not all(_WHEN.match(cell.strip()) for cell in shown):
        return cells
    return [_seconds(cell) if isinstance(cell, str) and said(cell) else None for cell in cells]


def _seconds(cell: str) -> float | None:
    try:
        when = datetime.fromisoformat(cell.strip())
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _leading_fact(body: list[str]) -> dict[str, Any]:
    """A line `name: value` above a table whose lines look otherwise."""
    hit = _SETTING.match(body[0])
    return {hit[1]: hit[2]} if hit and "," not in body[0] and not _SETTING.match(body[-1]) else {}


def _facts(line: str) -> dict[str, Any]:
    """Settings in a comment: JSON, or `name: value`, or several `name=value`."""
    if line.startswith("{"):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            return {}
        return {key: value for key, value in found.items() if isinstance(value, int | float | str | bool)}
    several = re.findall(r"([A-Za-z_][\w.-]{0,60})\s*[=:]\s*([^\s,;]{1,100})", line[:2000])
    return dict(several)
