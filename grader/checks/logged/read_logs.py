"""What came back of files with logs, read field by field; and how tables become curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from grader.checks.logged import columns
from grader.checks.logged.training_run import ROWS, UNITS, Fact, RunCurve
from grader.readings.fields import mapping, sequence, text, texts, vector
from grader.sandbox.protocol import Array, Frame

MAX_PARTS, MAX_COLUMNS, MAX_POINTS, MAX_GROUPS = 500, 200, 500_000, 200


@dataclass(frozen=True)
class LogColumn:
    """A column of numbers; of texts, if it has `choices`: then numbers are their places, -1 for none."""

    values: Array
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class LogTable:
    """Columns of one table, row by row; `group` is what marks it off from others of its file."""

    name: str
    columns: Mapping[str, LogColumn]
    group: str = ""
    phase: str = ""

    def rows(self, chosen: Array) -> Mapping[str, LogColumn]:
        """The columns, of some rows."""
        return {name: LogColumn(one.values[chosen], one.choices) for name, one in self.columns.items()}


@dataclass(frozen=True)
class LogFile:
    """One file: tables, facts and remarks; or why it could not be read (`ours`: the grader could not)."""

    path: str
    format: str = ""
    tables: tuple[LogTable, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    problem: str | None = None
    ours: bool = False


def log_file(path: str, frame: Frame) -> LogFile:
    """What a frame says of a file."""
    header = frame.header
    if (problem := text(header.get("problem"), 600)) is not None:
        return LogFile(path, problem=problem)
    listed = [part for part in sequence(header.get("parts"), MAX_PARTS) if isinstance(part, dict)]
    tables = tuple(_table(part, frame) for part in listed)
    facts = {str(name)[:200]: value for name, value in (mapping(header.get("facts")) or {}).items() if _is_fact(value)}
    return LogFile(path, text(header.get("format"), 40) or "", tables, facts, texts(header.get("remarks"), 20, 300))


def _is_fact(value: Any) -> bool:
    return isinstance(value, str | bool) or (isinstance(value, int | float) and bool(np.isfinite(float(value))))


def _table(part: Mapping[str, Any], frame: Frame) -> LogTable:
    found: dict[str, LogColumn] = {}
    for one in sequence(part.get("columns"), MAX_COLUMNS):
        header = mapping(one) or {}
        name, key = text(header.get("name"), 200), text(header.get("array"), 40)
        values = vector(frame.arrays.get(key or ""), MAX_POINTS)
        if name is not None and values is not None:
            found[name] = LogColumn(values, texts(header.get("choices"), 100, 200))
    size = min((len(one.values) for one in found.values()), default=0)
    return LogTable(
        text(part.get("name"), 200) or "",
        {name: LogColumn(one.values[:size], one.choices) for name, one in found.items()},
    )


def split(table: LogTable) -> Iterator[LogTable]:
    """A table for each run and each phase that its rows name; long tables (metric, value) with a column a metric."""
    parts = [wide for part in _by_group(table) for wide in _wide(part)]
    for part in parts:
        yield from _by_phase(part)


def _by_group(table: LogTable) -> list[LogTable]:
    for name in columns.GROUPS:
        found = next((one for own, one in table.columns.items() if columns.normal(own) == name), None)
        if found is None:
            continue
        marks = np.unique(found.values[np.isfinite(found.values)])
        if 0 < len(marks) <= MAX_GROUPS:
            word = "seed" if "seed" in name else "run"
            return [
                replace(table, columns=table.rows(found.values == mark), group=f"{word} {_words(found, mark)}")
                for mark in marks
            ]
    return [table]


def _words(column: LogColumn, mark: float) -> str:
    place = int(mark)
    return column.choices[place] if column.choices and 0 <= place < len(column.choices) else f"{mark:g}"


def _by_phase(table: LogTable) -> list[LogTable]:
    for name, column in table.columns.items():
        if columns.normal(name) in columns.PHASE_COLUMNS and column.choices:
            return [
                replace(table, columns=table.rows(column.values == place), phase=columns.phase_of(choice))
                for place, choice in enumerate(column.choices)
            ]
    return [table]


def _wide(table: LogTable) -> list[LogTable]:
    """One table for each metric of a long one."""
    plain = {columns.normal(name): name for name in table.columns}
    metric = next((plain[name] for name in columns.METRICS if name in plain), None)
    value = next((plain[name] for name in columns.VALUES if name in plain), None)
    if metric is None or value is None or not table.columns[metric].choices:
        return [table]
    found = []
    for place, choice in enumerate(table.columns[metric].choices):
        rows = dict(table.rows(table.columns[metric].values == place))
        rows[choice] = rows.pop(value)
        del rows[metric]
        found.append(replace(table, columns=rows))
    return found


def curves(table: LogTable, file: str, named: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, RunCurve]]:
    """Each column that is a curve, by what it means or by its own name."""
    unit, positions = _positions(table)
    times, others = _times(table), _other_positions(table, unit)
    for name, column in table.columns.items():
        if column.choices or (columns.position_unit(name) and len(table.columns) > 1) or _is_time(name, column):
            continue
        there = ~np.isnan(column.values) if np.isnan(column.values).mean() < 1 else np.zeros(len(column.values), bool)
        there |= _nan_at_the_end(column.values)
        there &= np.isfinite(positions)
        if not there.any():
            continue
        what = columns.meaning(name if table.name in ("", name) else f"{table.name}/{name}", named) or name
        what = columns.meaning(name, named) or what
        if table.phase and not what.startswith(table.phase):
            what = f"{table.phase} {what}"
        part = None if times is None else times[there]
        also = {one: places[there] for one, places in others.items()}
        yield what, RunCurve(name, unit, positions[there], column.values[there], part, file, also)


def _nan_at_the_end(values: Array) -> Array:
    """Whether each value belongs to a run of NaN at the end of a column that is full before: a loss that diverged."""
    known = np.flatnonzero(~np.isnan(values))
    if not len(known) or len(known) < (known[-1] + 1) * 0.9:
        return np.zeros(len(values), bool)
    return np.asarray(np.arange(len(values)) > known[-1])


def extents(table: LogTable) -> dict[str, float]:
    """How far its columns of positions go, by unit."""
    found: dict[str, float] = {}
    for name, column in table.columns.items():
        unit = columns.position_unit(name)
        if unit and not column.choices and np.isfinite(column.values).any():
            found[unit] = max(found.get(unit, 0.0), float(np.nanmax(column.values)))
    return found


def _positions(table: LogTable) -> tuple[str, Array]:
    """What the rows are counted in: the best unit that there is, else their number."""
    size = max((len(one.values) for one in table.columns.values()), default=0)
    for unit in UNITS:
        for name, column in table.columns.items():
            if columns.position_unit(name) == unit and np.isfinite(column.values).mean() > 0.5 and not column.choices:
                return unit, column.values
    return ROWS, np.arange(1.0, size + 1)


def _other_positions(table: LogTable, but: str) -> dict[str, Array]:
    """The columns that count rows in other units."""
    found = {columns.position_unit(name): one.values for name, one in table.columns.items() if not one.choices}
    return {unit: values for unit, values in found.items() if unit not in (None, but) and np.isfinite(values).all()}


def _times(table: LogTable) -> Array | None:
    return next((one.values for name, one in table.columns.items() if _is_time(name, one)), None)


def _is_time(name: str, column: LogColumn) -> bool:
    return columns.is_time(name) and not column.choices
