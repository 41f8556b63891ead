"""The submission's result files: one table of numbers for each experiment, parsed strictly from untrusted text."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from grader import Evidence, answers, counted
from grader.checks import rows

COLUMNS = ("train_acc", "train_loss", "val_acc", "val_loss")
MAX_FILES, MAX_ROWS = 60, 5000
OUTPUTS = r"(?i)result_?outputs?|results?|logs?|outputs?"
# Digests of the first losses in the course's own files: of both networks, from two years.
OFFICIAL = frozenset(("e99a29a2e59c5e54", "e186b529affb23a2", "9c20e6f8fdb691e4", "ed6ccb7ecce4cb86"))
OFFICIAL_ROWS = 6


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

    @property
    def official(self) -> bool:
        """Whether it is one of the course's own files, by its numbers: how they are written down does not matter."""
        return not self.problem and digest(self.columns["train_loss"], self.columns["val_loss"]) in OFFICIAL


def digest(training: Sequence[float], validation: Sequence[float]) -> str:
    """Of the first losses of a run, to six digits."""
    pairs = zip(training[:OFFICIAL_ROWS], validation[:OFFICIAL_ROWS], strict=False)
    text = " ".join(f"{value:.6g}" for pair in pairs for value in pair)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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
    columns = {
        name: tuple(value / 100 for value in values) if "acc" in name else values
        for name, values in run.columns.items()
    }
    return replace(run, columns=columns)


def _is_summary(path: str, text: str) -> bool:
    head = re.split(r"[\r\n]", re.sub(r"\A\W*sep=.\W*", "", text[:500].lower()))[0]
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
        return Run(path, name, dict(_columns(_rows(text))))
    except (csv.Error, ValueError) as problem:
        return Run(path, name, {}, str(problem)[:200])


def _rows(text: str) -> list[list[str]]:
    """The cells, apart at what the first line has most of; a spreadsheet's `sep=;` is passed over."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    plain = re.sub(r"\A\s*\"?sep=.\"?\n", "", plain)
    head = plain.lstrip().partition("\n")[0]
    apart = max(",;\t", key=head.count)
    lines = csv.reader(io.StringIO(plain), strict=True, delimiter=apart, skipinitialspace=True)
    return [row for row in lines if any(cell.strip() for cell in row)]


def tests_alone(evidence: Evidence) -> int:
    """How many result files there are of tests, which have no row for each epoch."""
    texts = [frame.header.get("text") for frame in evidence.of_kind("csv")[:MAX_FILES]]
    return sum(isinstance(text, str) and "test_" in text[:500] for text in texts)


def _columns(rows: list[list[str]]) -> Iterator[tuple[str, tuple[float, ...]]]:
    if not rows:
        raise ValueError("it is empty")
    head = [cell.strip().lower() for cell in rows[0]]
    if missing := [name for name in COLUMNS if name not in head]:
        raise ValueError(f"expected the columns {', '.join(COLUMNS)}, found no {', '.join(missing)}")
    body = [row for row in rows[1:] if [cell.strip().lower() for cell in row] != head]
    if not 2 <= len(body) <= MAX_ROWS:
        raise ValueError(f"expected a row for every epoch, found {counted(len(body), 'row') if body else 'none'}")
    for number, row in enumerate(body, 2):
        if len(row) != len(head):
            raise ValueError(f"expected {len(head)} values in row {number}, found {len(row)}")
    for name in COLUMNS:
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
    if "acc" in name and max(values) > 100:
        raise ValueError(f"expected {name} between 0 and 1, found {max(values):g}")
    return tuple(values)


def epochs_named(evidence: Evidence) -> Mapping[str, int]:
    """How many epochs scripts name for an experiment, by the experiment's name."""
    frame = answers(evidence, "results").get("files")
    listed = frame.header.get("settings") if frame else None
    return dict(_named(str(line) for _, line in rows(listed, 2)))


def _named(lines: Iterable[str]) -> Iterator[tuple[str, int]]:
    for line in lines:
        name = re.search(r"--experiment_name[ =]+[\"']?([\w.\-]+)", line)
        epochs = re.search(r"--num_epochs[ =]+(\d{1,4})\b", line)
        if name and epochs:
            yield name[1], int(epochs[1])
