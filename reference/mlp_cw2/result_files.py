"""The submission's result files: one table of numbers for each experiment, parsed strictly from untrusted text."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from grader.evidence import Evidence
from grader.readings import answers

COLUMNS = ("train_acc", "train_loss", "val_acc", "val_loss")
MAX_FILES, MAX_ROWS = 60, 5000
OUTPUTS = r"(?i)result_?outputs?|results?|logs?|outputs?"


@dataclass(frozen=True)
class Run:
    """One `summary.csv`: `columns` by name, one number for each epoch; `problem` if it is not well formed.

    Accuracies are fractions.
    """

    path: str
    experiment: str
    columns: Mapping[str, tuple[float, ...]]
    problem: str | None = None

    @property
    def epochs(self) -> int:
        """Rows."""
        return len(self.columns.get("train_loss", ()))


def runs(evidence: Evidence) -> list[Run]:
    """Every result file with a row for each epoch. Raises MissingEvidence if the box was never asked."""
    if answers(evidence, "results").get("files") is None:
        raise evidence.why_missing()
    found = []
    for frame in evidence.of_kind("csv")[:MAX_FILES]:
        path, text = frame.header.get("path"), frame.header.get("text")
        if isinstance(path, str) and isinstance(text, str) and _is_summary(path, text):
            found.append(_run(path[:300], text, whole=frame.header.get("whole") is True))
    return [_as_fractions(run) for run in found] if any(_is_percent(run) for run in found) else found


def _is_percent(run: Run) -> bool:
    return any(max(values) > 1 for name, values in run.columns.items() if "acc" in name)


def _as_fractions(run: Run) -> Run:
    """Whoever writes percentages writes them in all files; those of a network that does not train lie below 1."""
    columns = {name: tuple(value / 100 for value in values) if "acc" in name else values
               for name, values in run.columns.items()}  # fmt: skip
    return replace(run, columns=columns)


def _is_summary(path: str, text: str) -> bool:
    head = text[:500].lower().partition("\n")[0]
    is_test = "test_" in head and "train_" not in head
    return not is_test and ("train_loss" in head or PurePosixPath(path).name.lower() == "summary.csv")


def experiment_of(path: str) -> str:
    """The folder that holds `result_outputs`, else the file's own folder, else the file's name."""
    parts = PurePosixPath(path).parts
    folders = [part for part in parts[:-1] if not re.fullmatch(OUTPUTS, part)]
    stem = PurePosixPath(path).stem
    return stem if re.search(r"(?i)vgg", stem) or not folders else folders[-1]


def _run(path: str, text: str, *, whole: bool) -> Run:
    name = experiment_of(path)
    if not whole:
        return Run(path, name, {}, "it is larger than the results of any number of epochs")
    try:
        lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
        rows = [row for row in lines if any(cell.strip() for cell in row)]
        return Run(path, name, dict(_columns(rows)))
    except (csv.Error, ValueError) as problem:
        return Run(path, name, {}, str(problem)[:200])


def _columns(rows: list[list[str]]) -> Iterator[tuple[str, tuple[float, ...]]]:
    if not rows:
        raise ValueError("it is empty")
    head = [cell.strip().lower() for cell in rows[0]]
    if missing := [name for name in COLUMNS if name not in head]:
        raise ValueError(f"expected the columns {', '.join(COLUMNS)}, found no {', '.join(missing)}")
    body = [row for row in rows[1:] if [cell.strip().lower() for cell in row] != head]
    if not 2 <= len(body) <= MAX_ROWS:
        raise ValueError(f"expected a row for every epoch, found {len(body)}")
    for number, row in enumerate(body, 2):
        if len(row) != len(head):
            raise ValueError(f"expected {len(head)} values in row {number}, found {len(row)}")
    for name in COLUMNS:
        yield name, _checked(name, [row[head.index(name)] for row in body])


def _checked(name: str, cells: list[str]) -> tuple[float, ...]:
    values = []
    for number, cell in enumerate(cells, 2):
        try:
            value = float(cell)
        except ValueError:
            raise ValueError(f"expected a number in row {number}, column {name}, found {cell[:30]!r}") from None
        if not math.isfinite(value) or value < 0:
            raise ValueError(f"expected {name} of at least 0 in row {number}, found {value:g}")
        values.append(value)
    if "acc" in name and max(values) > 100:
        raise ValueError(f"expected {name} between 0 and 1, found {max(values):g}")
    return tuple(values)


@dataclass(frozen=True)
class Settings:
    """Epochs that scripts name for an experiment, and the default of the argument parser."""

    by_experiment: Mapping[str, int]
    default: int | None


def settings(evidence: Evidence) -> Settings:
    """What scripts and `arg_extractor.py` say of epochs."""
    frame = answers(evidence, "results").get("files")
    listed = frame.header.get("settings") if frame else None
    pairs = [part for part in listed if isinstance(part, list) and len(part) == 2] if isinstance(listed, list) else []
    lines = [(str(part[0]), str(part[1])) for part in pairs]
    return Settings(dict(_named(lines)), _default(lines))


def _named(lines: list[tuple[str, Any]]) -> Iterator[tuple[str, int]]:
    for _, line in lines:
        name = re.search(r"--experiment_name[ =]+[\"']?([\w.\-]+)", line)
        epochs = re.search(r"--num_epochs[ =]+(\d{1,4})\b", line)
        if name and epochs:
            yield name[1], int(epochs[1])


def _default(lines: list[tuple[str, Any]]) -> int | None:
    for _, line in lines:
        if "add_argument" in line and "num_epochs" in line and (found := re.search(r"default\s*=\s*(\d{1,4})\b", line)):
            return int(found[1])
    return None
