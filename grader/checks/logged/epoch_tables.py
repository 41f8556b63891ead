"""Tables with a row for each epoch, parsed strictly from untrusted text; what is wrong with one is told in words."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from grader.checks.csv_lines import csv_lines, without_separator_line
from grader.words import counted

MAX_ROWS = 5000
OUTPUTS = r"(?i)result_?outputs?|results?|logs?|outputs?"
LARGEST_PERCENT = 100


@dataclass(frozen=True)
class EpochTable:
    """One file: `columns` by name, one number for each epoch; `problem` if it is not well formed.

    `experiment` is what its folders call it. Accuracies are fractions once `as_fractions` has seen all files.
    """

    path: str
    experiment: str
    columns: Mapping[str, tuple[float, ...]]
    problem: str | None = None

    @property
    def epochs(self) -> int:
        """Rows."""
        return len(next(iter(self.columns.values()), ()))


def epoch_table(path: str, text: str, columns: Sequence[str], *, whole: bool = True) -> EpochTable:
    """A file's columns of these names, whatever else it has: commas, semicolons or tabs between cells, a spreadsheet's
    decimal commas, a first line that is written twice. Of a text that is not `whole` nothing is read.
    """
    name = experiment_of(path)
    if not whole:
        return EpochTable(path, name, {}, "it is larger than the results of any number of epochs")
    try:
        return EpochTable(path, name, dict(_columns(list(csv_lines(text)), columns)))
    except (csv.Error, ValueError) as problem:
        return EpochTable(path, name, {}, str(problem)[:200])


def head_of(text: str) -> str:
    """The first line of a table, in lower case; a spreadsheet's `sep=;` is passed over."""
    return re.split(r"[\r\n]", without_separator_line(text[:500].removeprefix("\ufeff")).lstrip().lower())[0]


def experiment_of(path: str) -> str:
    """The folder that holds `result_outputs` or the like, else the file's own folder, else the file's name."""
    folders = [part for part in PurePosixPath(path).parts[:-1] if not re.fullmatch(OUTPUTS, part)]
    return folders[-1] if folders else PurePosixPath(path).stem


def as_fractions(found: Sequence[EpochTable]) -> list[EpochTable]:
    """Accuracies as shares of 1: whoever writes percentages writes them in all files, and those of a network that does
    not train may lie below 1.
    """
    return [_as_fractions(one) for one in found] if any(_is_percent(one) for one in found) else list(found)


def _is_percent(table: EpochTable) -> bool:
    return any(max(values) > 1 for name, values in table.columns.items() if "acc" in name)


def _as_fractions(table: EpochTable) -> EpochTable:
    columns = {
        name: tuple(value / LARGEST_PERCENT for value in values) if "acc" in name else values
        for name, values in table.columns.items()
    }
    return replace(table, columns=columns)


def _columns(rows: list[list[str]], wanted: Sequence[str]) -> Iterator[tuple[str, tuple[float, ...]]]:
    if not rows:
        raise ValueError("it is empty")
    head = [cell.strip().lower() for cell in rows[0]]
    if missing := [name for name in wanted if name not in head]:
        raise ValueError(f"expected the columns {', '.join(wanted)}, found no {', '.join(missing)}")
    body = [row for row in rows[1:] if [cell.strip().lower() for cell in row] != head]
    if not 2 <= len(body) <= MAX_ROWS:
        raise ValueError(f"expected a row for every epoch, found {counted(len(body), 'row') if body else 'none'}")
    for number, row in enumerate(body, 2):
        if len(row) != len(head):
            raise ValueError(f"expected {len(head)} values in row {number}, found {len(row)}")
    for name in wanted:
        yield name, _checked(name, [row[head.index(name)] for row in body])


def _checked(name: str, cells: list[str]) -> tuple[float, ...]:
    values = []
    for number, cell in enumerate(cells, 2):
        try:
            value = float(re.sub(r"^(\d+),(\d+)$", r"\1.\2", cell.strip()))
        except ValueError:
            raise ValueError(f"expected a number in row {number}, column {name}, found {cell[:30]!r}") from None
        if not math.isfinite(value) or value < 0:
            raise ValueError(f"expected {name} of at least 0 in row {number}, found {value:g}")
        values.append(value)
    if "acc" in name and max(values) > LARGEST_PERCENT:
        raise ValueError(f"expected {name} between 0 and 1, found {max(values):g}")
    return tuple(values)
