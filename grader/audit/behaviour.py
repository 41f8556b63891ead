"""Whether two programs behave the same: all that comes back of them is compared, whatever a check makes of it.

Texts are not compared, but for numbers in them: names and source differ between programs that do the same. What
differs between two runs of the same program with its lines moved says nothing either.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from grader.audit.left_open import demanded, left_open
from grader.evidence import Evidence
from grader.rubric import Criterion
from grader.sandbox.protocol import Array

ROUNDING = 1e-5  # of an array's largest number
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|[-+]?(nan|inf)", re.IGNORECASE)
ABOUT_THE_RUN = frozenset(("cpu_s", "seconds", "wall_s", "took", "line", "lines", "first", "around", "code", "index"))
# Which lines call what of a library; a block says what is demanded of that.
WHERE_IN_THE_TEXT = ("watched", "used")

Told = Mapping[str, Any]


def told(evidence: Evidence, rubric: Sequence[Criterion] = ()) -> dict[str, Any]:
    """Everything that a program was seen to do, by place: numbers, truth values, how many there are, arrays.

    Of what the `rubric` leaves open, only what it demands.
    """
    free = left_open(rubric)
    found: dict[str, Any] = {"runs": len(evidence.executions)}
    for number, run in enumerate(evidence.executions):
        found[f"run {number}"] = str(run.status)
    frames = [frame for frame in evidence.frames if frame.header.get("kind") not in WHERE_IN_THE_TEXT]
    for number, frame in enumerate(frames):
        if frame.header.get("kind") == "loaded" and frame.header.get("mode") == "definitions":
            continue  # what else stands in the file is not what was asked for
        if frame.header.get("probe") in free:
            continue
        where = f"{number}/{frame.header.get('kind', '')}"
        found |= dict(_values(where, dict(frame.header)))
        found |= {f"{where}/array {name}": array for name, array in frame.arrays.items() if not _is_digest(name)}
        found[f"{where}/arrays"] = len(frame.arrays)
    return found | demanded(rubric, evidence)


def _is_digest(name: str) -> bool:
    """An array that is named by its content has another name when it differs."""
    return re.fullmatch(r"[0-9a-f]{12,}", name) is not None


def _values(where: str, value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            for name, part in value.items():
                if name not in ABOUT_THE_RUN:
                    yield from _values(f"{where}/{name}", part)
        case list() | tuple():
            yield f"{where}/count", len(value)
            for number, part in enumerate(value):
                yield from _values(f"{where}/{number}", part)
        case str():
            yield where, float(value) if NUMBER.fullmatch(value) else "a text"
        case _:
            yield where, value


def changing(one: Told, other: Told) -> frozenset[str]:
    """The places at which two runs of the same program differ."""
    return frozenset(_differences(one, other, frozenset()))


def difference(one: Told, other: Told, ignored: frozenset[str]) -> str | None:
    """The first place at which two programs differ beyond rounding; None if they do nowhere."""
    return next(_differences(one, other, ignored), None)


def _differences(one: Told, other: Told, ignored: frozenset[str]) -> Iterator[str]:
    for place in {**one, **other}:
        if place in ignored:
            continue
        if place not in one or place not in other or not _same(one[place], other[place]):
            yield place


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return _same_arrays(one, other)
    if isinstance(one, bool) or isinstance(other, bool) or not isinstance(one, int | float):
        return bool(one == other)
    if not isinstance(other, int | float):
        return False
    return math.isclose(one, other, rel_tol=ROUNDING) or (math.isnan(one) and math.isnan(other))


def _same_arrays(one: Array, other: Array) -> bool:
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.dtype.kind != "f":
        return bool(np.array_equal(one, other))
    finite = np.isfinite(one)
    scale = float(np.max(np.abs(one[finite]), initial=0.0))
    with np.errstate(invalid="ignore"):
        return bool(np.allclose(one, other, rtol=ROUNDING, atol=ROUNDING * scale, equal_nan=True))
