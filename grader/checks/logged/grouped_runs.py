"""From files to runs: which files belong together, which seed is whose, and what was logged twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

import numpy as np

from grader.checks.logged.columns import normal, phase_of
from grader.checks.logged.read_logs import LogFile, curves, extents, split
from grader.checks.logged.training_run import Fact, RunCurve, TrainingRun

_SEED = re.compile(r"(?:^|[/_\W])(?:seed|s)[ _=-]?(\d{1,9})(?=$|[/_\W])", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:run|trial|rep|exp|version)[ _=-]?(\d{1,6})(?=$|[/_\W])", re.IGNORECASE)
_KINDS = re.compile(
    r"events\.out\.tfevents.*|train(ing)?|val(id(ation)?)?|eval(uations?)?|test|monitor|metrics?|progress|logs?|"
    r"history|loss(es)?|returns?|rewards?|scores?|config|settings|hparams|params|args|results?|data|output|curves?",
    re.IGNORECASE,
)


@dataclass
class _Gathered:
    """What belongs to one run."""

    key: str
    seed: int | None
    curves: dict[str, RunCurve] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    extents: dict[str, float] = field(default_factory=dict)


def runs_of(files: Iterable[LogFile], named: Mapping[str, Sequence[str]]) -> tuple[TrainingRun, ...]:
    """The runs that files tell of. Files that hold facts alone belong to the runs of their folder and below."""
    gathered: dict[str, _Gathered] = {}
    shared: list[LogFile] = []
    for file in files:
        before = len(gathered)
        added = [
            _add(
                gathered,
                file,
                table.group,
                table.name,
                list(curves(table, file.path, named)),
                extents(table),
                table.phase,
            )
            for whole in file.tables
            for table in split(whole)
        ]
        if not any(added) and before == len(gathered):
            shared.append(file)
    for file in shared:
        folder = "" if "/" not in file.path else file.path.rpartition("/")[0] + "/"
        for run in gathered.values():
            if any(path.startswith(folder) for path in run.files):
                run.facts = {**file.facts, **run.facts}
    found = [_finished(run) for run in gathered.values() if run.curves]
    return tuple(sorted(found, key=lambda run: (run.seed is None, run.seed or 0, run.name)))


def _add(
    gathered: dict[str, _Gathered],
    file: LogFile,
    group: str,
    name: str,
    found: list[tuple[str, RunCurve]],
    reach: Mapping[str, float],
    phase: str,
) -> bool:
    if not found:
        return False
    seed = _seed(group, file, name)
    key = _key(seed, group, file, name)
    run = gathered.setdefault(key, _Gathered(key, seed))
    run.facts = {**run.facts, **file.facts}
    run.remarks += [f"{file.path}: {remark}" for remark in file.remarks if f"{file.path}: {remark}" not in run.remarks]
    if file.path not in run.files:
        run.files.append(file.path)
    for unit, value in reach.items():
        run.extents[unit] = max(value, run.extents.get(unit, 0.0))
    said = phase or phase_of(PurePosixPath(file.path).stem)
    for what, curve in found:
        full = what if not said or what.startswith(said) else f"{said} {what}"
        _place(run, full, curve)
    return True


def _place(run: _Gathered, what: str, curve: RunCurve) -> None:
    """A curve of a run; another part of one that is there already goes before or behind it."""
    known = run.curves.get(what)
    if known is None:
        run.curves[what] = curve
    elif known.file != curve.file and known.unit == curve.unit and not _same(known, curve):
        first, second = sorted((known, curve), key=lambda one: (_begun(one), float(one.positions[0])))
        both = first.times is not None and second.times is not None
        times = np.concatenate([first.times, second.times]) if both else None
        run.curves[what] = replace(
            first,
            positions=np.concatenate([first.positions, second.positions]),
            values=np.concatenate([first.values, second.values]),
            times=times,
            also={},
        )
    elif not _same(known, curve):
        run.curves.setdefault(f"{what} ({curve.name})", curve)


def _begun(curve: RunCurve) -> float:
    return 0.0 if curve.times is None or np.isnan(curve.times[0]) else float(curve.times[0])


def _same(one: RunCurve, two: RunCurve) -> bool:
    return len(one.values) == len(two.values) and bool(np.allclose(one.values, two.values, rtol=1e-4, equal_nan=True))


def _seed(group: str, file: LogFile, name: str) -> int | None:
    for text in (group, name, file.path):
        if hit := _SEED.search(text):
            return int(hit[1])
    for fact, value in file.facts.items():
        if normal(fact).rpartition("/")[2] in ("seed", "random_seed", "rng_seed") and str(value).strip():
            try:
                return int(float(value))
            except ValueError:
                return None
    return None


def _key(seed: int | None, group: str, file: LogFile, name: str) -> str:
    """What is the same for all files and tables of one run."""
    path = PurePosixPath(file.path)
    stem = _KINDS.sub("", path.name.split(".")[0] if "tfevents" not in path.name else "").strip("_- .")
    folder = "" if str(path.parent) == "." else str(path.parent)
    if seed is not None:
        return f"seed {seed}"
    if group:
        return group
    numbered = _NUMBERED.search(name)
    parts = [part for part in (folder, stem, numbered[0] if numbered else "") if part]
    return "/".join(parts) or path.name


def _finished(run: _Gathered) -> TrainingRun:
    return TrainingRun(
        run.key,
        run.seed,
        run.curves,
        run.facts,
        tuple(run.remarks),
        tuple(run.files),
        run.extents,
    )
