"""Mistakes of an `assignment.py` that show without running anything of it."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.policies import AttemptPolicy, LatePolicy
from grader.probes import Argument, Ask, BuildNetwork, CallFunction, Case, MakeNetwork, NetworkCase, Probe, ReadFiles
from grader.sandbox.protocol import Limits

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.rubric import Criterion

SHOWN = 80  # characters of a value


def slips(made: Assignment) -> Iterator[str]:
    """All of them, each with the field, probe or criterion that it is in."""
    for name in ("title", "course"):
        if not isinstance(value := getattr(made, name), str) or not value.strip():
            yield f"{name}: expected a text, found {_shown(value)}"
    yield from _of_rubric(made)
    yield from _of_probes(made.probes)
    yield from _of_entry(made)
    yield from _of_times(made.due)
    kinds = {"limits": Limits, "late_policy": LatePolicy, "attempts": AttemptPolicy, "full_sizes": Mapping}
    yield from (
        f"{name}: expected {kind.__name__}, found {_shown(getattr(made, name))}"
        for name, kind in kinds.items()
        if not isinstance(getattr(made, name), kind)
    )
    if isinstance(made.limits, Limits):
        yield from _of_limits(made.limits)
    yield from _of_functions(made)
    if not all(isinstance(reading, ReadFiles) for reading in made.reads):
        yield f"reads: expected ReadFiles(...), found {_shown(made.reads)}"
    for name in ("warm", "documents", "long_running", "report_rules"):
        yield from _texts(name, getattr(made, name))
    yield from _of_documents(made.documents)
    yield from _of_hand_in(made.hand_in)


def _of_documents(patterns: object) -> Iterator[str]:
    """Patterns of files that would all be called no PDF."""
    for pattern in patterns if isinstance(patterns, list | tuple) else ():
        suffix = PurePosixPath(pattern).suffix.lower() if isinstance(pattern, str) else ""
        if re.fullmatch(r"\.[a-z]+", suffix) and suffix != ".pdf":
            yield f"documents: expected patterns of PDFs, found {_shown(pattern)}: no other format is read"


def _of_rubric(made: Assignment) -> Iterator[str]:
    from grader.rubric import Criterion

    criteria = list(made.rubric) if isinstance(made.rubric, list | tuple) else []
    if not criteria or not all(isinstance(part, Criterion) for part in criteria):
        yield f"rubric: expected a list of Criterion(...), found {_shown(made.rubric)}"
        return
    ids = [criterion.id for criterion in criteria]
    if repeated := _twice(ids):
        yield f"rubric: criterion ids must differ, found twice: {repeated}"
    for criterion in criteria:
        yield from _of_criterion(criterion)
    if unknown := [name for name in made.report_rules if name not in ids and len(name) > 1]:
        yield f"report_rules: expected ids of criteria, found {', '.join(map(_shown, unknown))}"
    for criterion in criteria:
        yield from _of_needs(criterion, criteria)


def _of_criterion(criterion: Criterion) -> Iterator[str]:
    where = f"criterion {criterion.id}"
    for name in ("title", "guide"):
        if not isinstance(value := getattr(criterion, name), str) or (name == "title" and not value.strip()):
            yield f"{where}: {name}: expected a text, found {_shown(value)}"
    for name in ("check", "preview", "shows"):
        if (value := getattr(criterion, name)) is not None:
            yield from _callable(f"{where}: {name}", value, "evidence")


def _of_needs(criterion: Criterion, criteria: Sequence[Criterion]) -> Iterator[str]:
    known = {other.id: other.needs for other in criteria}
    if unknown := [name for name in criterion.needs if name not in known or name == criterion.id]:
        found = ", ".join(map(_shown, unknown))
        yield f"criterion {criterion.id}: needs: expected ids of other criteria, found {found}"
    elif chained := [name for name in criterion.needs if known[name]]:
        yield f"criterion {criterion.id}: needs: {chained[0]} needs others itself: name those here too, and not it"


def _of_probes(probes: object) -> Iterator[str]:
    if not isinstance(probes, list | tuple) or not all(isinstance(part, Probe) for part in probes):
        yield f"probes: expected a list of BuildNetwork, CallFunction, MakeNetwork, Ask, found {_shown(probes)}"
        return
    if repeated := _twice([probe.id for probe in probes]):
        yield f"probes: ids must differ, found twice: {repeated}"
    for probe in probes:
        where = f"probe {_shown(probe.id)}"
        if not isinstance(probe.id, str) or not probe.id:
            yield f"{where}: id: expected a text"
        if isinstance(probe, Ask):
            yield from _of_ask(where, probe)
        elif isinstance(probe, MakeNetwork):
            yield from _of_made(where, probe)
        else:
            yield from _of_patterns(where, probe)


def _of_patterns(where: str, probe: BuildNetwork | CallFunction) -> Iterator[str]:
    yield from _patterns(f"{where}: patterns", probe.patterns, least=1)
    if isinstance(probe, BuildNetwork):
        yield from _patterns(f"{where}: not_patterns", probe.not_patterns)
        yield from _texts(f"{where}: inputs", probe.inputs)
    is_list = isinstance(probe.cases, list | tuple) and len(probe.cases) > 0
    if not is_list or not all(isinstance(case, Case) for case in probe.cases):
        yield f"{where}: cases: expected a list of Case(...), found {_shown(probe.cases)}"
        return
    if repeated := _twice([case.id for case in probe.cases]):
        yield f"{where}: ids of cases must differ, found twice: {repeated}"
    for case in probe.cases:
        yield from _of_case(f"{where}, case {_shown(case.id)}", case)


def _of_made(where: str, probe: MakeNetwork) -> Iterator[str]:
    if not _is_number(probe.seconds) or not probe.seconds > 0:
        yield f"{where}: seconds: expected a number above 0, found {_shown(probe.seconds)}"
    is_list = isinstance(probe.cases, list | tuple) and len(probe.cases) > 0
    if not is_list or not all(isinstance(case, NetworkCase) for case in probe.cases):
        yield f"{where}: cases: expected a list of NetworkCase(...), found {_shown(probe.cases)}"
        return
    if repeated := _twice([case.id for case in probe.cases]):
        yield f"{where}: ids of cases must differ, found twice: {repeated}"
    for case in probe.cases:
        yield from _patterns(f"{where}, case {_shown(case.id)}: patterns", case.patterns, least=1)
        yield from _texts(f"{where}, case {_shown(case.id)}: inputs", case.inputs, least=1)
        yield from _texts(f"{where}, case {_shown(case.id)}: skipped", case.skipped)
        yield from _of_case(f"{where}, case {_shown(case.id)}", Case(case.id, case.arguments))


def _of_case(where: str, case: Case) -> Iterator[str]:
    if not isinstance(case.id, str):
        yield f"{where}: id: expected a text"
    if not isinstance(case.arguments, list | tuple) or not all(isinstance(a, Argument) for a in case.arguments):
        yield f"{where}: arguments: expected a tuple of Argument(...), found {_shown(case.arguments)}"
        return
    for argument in case.arguments:
        yield from _patterns(f"{where}, argument {_shown(argument.name)}: patterns", argument.patterns)
        yield from _plain(f"{where}, argument {_shown(argument.name)}: value", argument.value)


def _of_ask(where: str, probe: Ask) -> Iterator[str]:
    if not isinstance(probe.module, str) or not probe.module.isidentifier():
        yield (f"{where}: module: expected the name of a file of inside/ without .py, found {_shown(probe.module)}")
    if not _is_number(probe.seconds) or not probe.seconds > 0:
        yield f"{where}: seconds: expected a number above 0, found {_shown(probe.seconds)}"
    is_list = isinstance(probe.cases, list | tuple) and len(probe.cases) > 0
    if not is_list or not all(isinstance(case, Mapping) for case in probe.cases):
        yield f"{where}: cases: expected a list of dictionaries with an id, found {_shown(probe.cases)}"
        return
    ids = [case.get("id") for case in probe.cases]
    if unnamed := [number for number, name in enumerate(ids, start=1) if not isinstance(name, str)]:
        yield f"{where}: cases: expected an id, a text, in each; none in number {', '.join(map(str, unnamed))}"
    if repeated := _twice([name for name in ids if isinstance(name, str)]):
        yield f"{where}: ids of cases must differ, found twice: {repeated}"
    for case in probe.cases:
        yield from _plain(f"{where}, case {_shown(case.get('id'))}", dict(case))


def _plain(where: str, value: object) -> Iterator[str]:
    """What JSON cannot carry into the sandbox as it is."""
    if isinstance(value, np.generic | np.ndarray):
        yield f"{where}: expected what JSON holds, found {type(value).__name__}: write {_in_plain(value)}"
    elif isinstance(value, Mapping):
        for name, part in value.items():
            if not isinstance(name, str):
                yield f"{where}: expected texts as keys, found {_shown(name)}"
            yield from _plain(f"{where}: {name}", part)
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _plain(f"{where}[{index}]", part)
    elif not isinstance(value, str | bool | int | float | None):
        yield f"{where}: expected what JSON holds, found {type(value).__name__} {_shown(value)}"
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{where}: expected a finite number, found {value}"


def _in_plain(value: np.generic | np.ndarray[Any, Any]) -> str:
    return ".tolist() behind it" if isinstance(value, np.ndarray) else f"{type(value.item()).__name__}(...) around it"


def _of_entry(made: Assignment) -> Iterator[str]:
    if made.code not in ("run", "definitions", "none"):
        yield f"code: expected run, definitions or none, found {_shown(made.code)}"
    if made.code == "none":
        return
    if not isinstance(made.entry, Mapping) or not made.entry:
        yield (
            f"entry: expected patterns that recognise the file to grade, with points, found {_shown(made.entry)}: "
            "no file would ever be graded"
        )
        return
    yield from _patterns("entry", list(made.entry))
    if odd := [pattern for pattern, points in made.entry.items() if not _is_number(points)]:
        yield f"entry: expected numbers as points, found {_shown(made.entry[odd[0]])} for {_shown(odd[0])}"
    elif not any(points > 0 for points in made.entry.values()):
        yield "entry: expected points above 0 for a pattern, found none: no file would ever be graded"


def _of_times(due: object) -> Iterator[str]:
    if due is None:
        return
    if not isinstance(due, datetime):
        yield f"due: expected a datetime with a time zone, found {_shown(due)}"
    elif due.utcoffset() is None:
        yield f"due: expected a time with a time zone, found {due.isoformat()}"
    elif due.astimezone(UTC).astimezone(due.tzinfo).replace(tzinfo=None) != due.replace(tzinfo=None):
        yield f"due: expected a time that exists, clocks skip {due:%Y-%m-%d %H:%M %Z}"


def _of_limits(limits: Limits) -> Iterator[str]:
    for name, value in vars(limits).items():
        if (value is not None or name != "gpu_memory_mib") and (not _is_number(value) or not value > 0):
            yield f"limits: {name}: expected a number above 0, found {_shown(value)}"


def _of_functions(made: Assignment) -> Iterator[str]:
    yield from _callable("data", made.data, "seed")
    yield from _callable("given", made.given, "path", "content")
    usual = made.usual_cpu_s
    if usual is not None and (not _is_number(usual) or not usual > 0):
        yield f"usual_cpu_s: expected a number of seconds above 0, found {_shown(usual)}"
    if made.measured is not None:
        yield from _callable("measured", made.measured)
    if isinstance(made.public_seed, bool) or not isinstance(made.public_seed, int):
        yield f"public_seed: expected a whole number, found {_shown(made.public_seed)}"


def _callable(where: str, value: Any, *arguments: str) -> Iterator[str]:
    call = f"({', '.join(arguments)})"
    if not callable(value):
        yield f"{where}: expected a function of {call}, found {_shown(value)}"
        return
    try:
        inspect.signature(value).bind(*arguments)
    except TypeError as error:
        yield f"{where}: {getattr(value, '__name__', 'it')} cannot be called with {call}: {error}"
    except ValueError:  # a callable without a signature
        return


def _of_hand_in(parts: object) -> Iterator[str]:
    from grader.rubric import HandIn

    if not isinstance(parts, list | tuple) or not all(isinstance(part, HandIn) for part in parts):
        yield f"hand_in: expected a list of HandIn(...), found {_shown(parts)}"
        return
    for part in parts:
        yield from _texts(f"hand_in {_shown(part.name)}: patterns", part.patterns, least=1)


def _texts(where: str, value: object, least: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield f"{where}: expected a list of texts, found the text {_shown(value)}: write [{_shown(value)}]"
    elif not isinstance(value, Sequence) or not all(isinstance(part, str) and part for part in value):
        yield f"{where}: expected a list of texts, found {_shown(value)}"
    elif len(value) < least:
        yield f"{where}: expected at least {least}, found none"


def _patterns(where: str, value: object, least: int = 0) -> Iterator[str]:
    wrong = list(_texts(where, value, least))
    yield from wrong
    for pattern in () if wrong or not isinstance(value, Sequence) else value:
        try:
            re.compile(pattern)
        except re.error as error:
            yield f"{where}: expected a regular expression, found {_shown(pattern)}: {error}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _twice(names: Sequence[Any]) -> str:
    return ", ".join(sorted({str(name) for name in names if names.count(name) > 1}))


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
