"""Versions of logs: a CSV file for each run, a row for each episode or epoch."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from grader.audit.artefacts import Files, Version, always
from grader.sandbox.protocol import Array

COUNTERS = ("episode", "epoch", "step", "steps", "iteration")


class _Log:
    """One file's head and numbers."""

    def __init__(self, path: str, content: bytes) -> None:
        lines = content.decode("utf-8", "replace").split("\n")
        self.path, self.head = path, lines[0].strip().split(",")
        self.rows = np.array([[float(one) for one in line.split(",")] for line in lines[1:] if line.strip()])

    def written(self, rows: Array | None = None, *, head: Sequence[str] = (), between: str = ",") -> bytes:
        """As a file, with other rows."""
        lines = [between.join(head or self.head)]
        lines += [between.join(f"{one:.10g}" for one in row) for row in (self.rows if rows is None else rows)]
        return ("\n".join(lines) + "\n").encode()

    @property
    def measured(self) -> list[int]:
        """The columns that are no counters."""
        return [place for place, name in enumerate(self.head) if name.lower() not in COUNTERS]


def of_runs(paths: Sequence[str], solution: Files, rng: np.random.Generator) -> Iterator[Version]:
    """Of two or more runs with a file each; nothing of files that are no tables of numbers."""
    try:
        logs = [_Log(path, solution[path]) for path in paths]
    except ValueError:
        return
    if len(logs) < 2 or any(one.head != logs[0].head or not one.measured for one in logs):
        return
    for kind, change in _same_logs().items():
        yield Version(kind, paths[0], {one.path: change(one) for one in logs})
    lines = {one.path.rpartition(".")[0] + ".jsonl": _as_json(one) for one in logs}
    yield Version("JSON lines", paths[0], {**dict.fromkeys(paths), **lines})
    packed = {f"{one.path}.gz": gzip.compress(one.written(), mtime=0) for one in logs}
    yield Version("packed", paths[0], {**dict.fromkeys(paths), **packed})
    for kind, path, rows in _other_logs(logs, rng):
        log = next(one for one in logs if one.path == path)
        yield Version(kind, path, {path: log.written(rows)}, always(kind))
    for path in paths:
        yield Version("a run is missing", path, {path: None}, always("a run is missing"))


def _same_logs() -> dict[str, Callable[[_Log], bytes]]:
    return {
        "columns in another order": lambda one: one.written(one.rows[:, ::-1], head=one.head[::-1]),
        "semicolons": lambda one: one.written(between=";"),
        "tabs": lambda one: one.written(between="\t"),
        "lines as Windows ends them": lambda one: one.written().replace(b"\n", b"\r\n"),
        "a byte order mark": lambda one: b"\xef\xbb\xbf" + one.written(),
        "numbers with a point": lambda one: b"\n".join(_pointed(line) for line in one.written().split(b"\n")),
        "capitals in the head": lambda one: one.written(head=[name.capitalize() for name in one.head]),
    }


def _pointed(line: bytes) -> bytes:
    return b",".join(one + b".0" if one.isdigit() else one for one in line.split(b","))


def _as_json(log: _Log) -> bytes:
    return "\n".join(json.dumps(dict(zip(log.head, row.tolist(), strict=True))) for row in log.rows).encode()


def _other_logs(logs: Sequence[_Log], rng: np.random.Generator) -> Iterator[tuple[str, str, Array]]:
    for one, other in zip(logs, [*logs[1:], logs[0]], strict=True):
        rows, half = one.rows, len(one.rows) // 2
        for kind, changed in {
            "a copy of another run": other.rows,
            "the second half of another run": np.concatenate([rows[:half], other.rows[half:]]),
            "the first half once more": np.concatenate([rows[:half], rows[:half]]),
            "60 % of the rows": rows[: round(0.6 * len(rows))],
            "the first rows missing": rows[half // 2 :],
            "rows in another order": rows[rng.permutation(len(rows))],
            "the other way round": rows[::-1],
            "a copy of another run under noise": _with(other, rng.integers(-1, 2, len(other.rows))),
            "values ten times as large": _with(one, 9 * one.rows[:, one.measured[0]]),
            "values with 30 % more": _with(one, (0.3 * one.rows[:, one.measured[0]]).round() + 1),
            "a last value beyond all": _with(one, np.where(np.arange(len(rows)) > len(rows) - 4, 500, 0)),
            "a straight line": _with(one, np.linspace(10, 80, len(rows)) - one.rows[:, one.measured[0]]),
            "NaN in the last rows": np.where(np.arange(len(rows))[:, None] > len(rows) - 9, np.nan, rows),
            "below zero": _with(one, -2 * one.rows[:, one.measured[0]]),
        }.items():
            yield kind, one.path, changed
        for place, name in enumerate(one.head):
            if name.lower() in COUNTERS:
                moved = rows.copy()
                moved[half:, place] += 1000
                yield f"{name} that jumps", one.path, moved
                back = rows.copy()
                back[half:, place] -= back[half, place] - 1
                yield f"{name} that goes back", one.path, back


def _with(log: _Log, more: Array) -> Array:
    """Its rows, with so much more in the first measured column."""
    rows = log.rows.copy()
    rows[:, log.measured[0]] += more
    return rows
