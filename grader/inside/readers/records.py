"""JSON and JSON lines: lists of records, dictionaries of lists, records within records."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from .log_parts import MAX_COLUMNS, MAX_ROWS, FileFound, LogPart, UnreadableFile

MAX_DEPTH, MAX_NODES = 30, 3_000_000
Plain = dict[str, Any]


def read(text: str) -> FileFound:
    """A JSON document, or one a line. Raises UnreadableFile."""
    found = FileFound("json")
    try:
        values(json.loads(text), found)
        return found
    except (ValueError, RecursionError) as error:
        if isinstance(error, RecursionError):
            raise UnreadableFile("it is nested too deeply to be read") from None
        why = str(error)
    lines = [line for line in text.splitlines() if line.strip()]
    records = [record for line in lines[:MAX_ROWS] if isinstance(record := _parsed(line), dict)]
    if len(records) < 2 or len(records) * 2 < len(lines[:MAX_ROWS]):
        raise UnreadableFile(f"it is no JSON: {why}"[:300])
    found.format = "json lines"
    if len(lines) > len(records):
        words = "cut: its last line is not whole" if _parsed(lines[-1]) is None else "damaged"
        found.remarks.append(f"{words}; {len(lines) - len(records):,} of {len(lines):,} lines are no JSON")
    rows(records, "", found)
    return found


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def values(value: Any, found: FileFound, name: str = "", depth: int = 0) -> None:
    """Write down what a value of dictionaries, lists and numbers holds."""
    if depth > MAX_DEPTH:
        raise UnreadableFile("it is nested too deeply to be read")
    if isinstance(value, dict):
        _dictionary(value, found, name, depth)
    elif isinstance(value, list) and value:
        _list(value, found, name, depth)
    elif isinstance(value, int | float | str | bool) and name:
        found.facts[name] = value


def _list(value: list[Any], found: FileFound, name: str, depth: int) -> None:
    if all(isinstance(one, dict) for one in value):
        rows(value, name, found)
    elif all(_is_cell(one) for one in value):
        found.parts.append(LogPart(name, {_last(name) or "value": value}))
    elif all(isinstance(one, list | tuple) and all(map(_is_cell, one)) for one in value):
        _lists(value, found, name)
    else:
        for place, one in enumerate(value[:MAX_COLUMNS]):
            values(one, found, f"{name}/{place}" if name else str(place), depth + 1)


def _lists(value: list[Any], found: FileFound, name: str) -> None:
    """Short rows of as many numbers each are a table; long ones are a curve each."""
    wide = {len(one) for one in value}
    if len(wide) == 1 and 1 < (width := wide.pop()) <= 6 and len(value) > width:
        columns = {f"column {place + 1}": [one[place] for one in value] for place in range(width)}
        found.parts.append(LogPart(name, columns))
        return
    for place, one in enumerate(value[:MAX_COLUMNS]):
        found.parts.append(LogPart(f"{name}/{place}", {_last(name) or "value": list(one)}))


def _dictionary(value: Mapping[Any, Any], found: FileFound, name: str, depth: int) -> None:
    if _is_by_step(value):
        pairs = sorted((float(step), cell) for step, cell in value.items())
        if all(isinstance(cell, dict) for _, cell in pairs):
            rows([{"step": step, **cell} for step, cell in pairs], name, found)
        else:
            found.parts.append(
                LogPart(name, {"step": [one[0] for one in pairs], _last(name) or "value": [one[1] for one in pairs]})
            )
        return
    curves = {
        str(key): part for key, part in value.items() if isinstance(part, list) and part and all(map(_is_cell, part))
    }
    by_length: dict[int, Plain] = {}
    for key, part in curves.items():
        by_length.setdefault(len(part), {})[key] = part
    found.parts += [LogPart(name, columns) for columns in by_length.values()]
    for key, part in value.items():
        if str(key) not in curves:
            values(part, found, f"{name}/{key}" if name else str(key), depth + 1)


def _is_by_step(value: Mapping[Any, Any]) -> bool:
    """Whether the keys are numbers of steps, and the values numbers or records."""
    try:
        steps = [float(key) for key in value]
    except (TypeError, ValueError):
        return False
    cells = list(value.values())
    alike = all(isinstance(cell, int | float) for cell in cells) or all(
        isinstance(cell, dict) and all(map(_is_cell, cell.values())) for cell in cells
    )
    return len(steps) > 2 and alike


def rows(records: list[Any], name: str, found: FileFound) -> None:
    """Records as rows of columns; what only one of them says is a fact. Rows that share no column are parts apart."""
    flat = [dict(_flat(record)) for record in records[:MAX_ROWS]]
    times = Counter(key for row in flat for key in row)
    once = {key for key, count in times.items() if count == 1 and len(flat) > 2}
    for row in flat:
        found.facts |= {_last(key): cell for key, cell in row.items() if key in once and _is_cell(cell)}
    logged = [kept for row in flat if (kept := {key: cell for key, cell in row.items() if key not in once})]
    if logged:
        names = list(dict.fromkeys(key for row in logged for key in row))[:MAX_COLUMNS]
        found.parts.append(LogPart(name, {key: [row.get(key) for row in logged] for key in names}))


def _flat(value: Mapping[Any, Any], name: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    for key, cell in value.items():
        full = f"{name}/{key}" if name else str(key)
        if isinstance(cell, dict) and depth < 5:
            yield from _flat(cell, full, depth + 1)
        elif isinstance(cell, list) and cell and all(isinstance(one, int | float) for one in cell):
            yield full, sum(map(float, cell)) / len(cell)  # such as the returns of several episodes
        elif _is_cell(cell):
            yield full, cell


def _is_cell(value: Any) -> bool:
    return value is None or isinstance(value, int | float | str | bool)


def _last(name: str) -> str:
    return name.rpartition("/")[2]
