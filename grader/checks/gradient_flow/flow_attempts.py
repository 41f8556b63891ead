"""What came back of the calls of a function that plots gradients, checked field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks.gradient_flow.flow_task import FlowTask
from grader.evidence import Evidence, MissingEvidence
from grader.readings.faults import fault
from grader.readings.fields import doubles, mappings, rows, sequence, text, texts
from grader.readings.typed_frames import Curve, answers
from grader.sandbox.protocol import Array, Frame

MAX_ATTEMPTS, MAX_CURVES = 4, 30


@dataclass(frozen=True)
class FlowAttempt:
    """One function called on one network. `values` and `names` went to the course's plotter; `ticks` are at the axis.

    `are_names` says that names came in the values' place, `uses_gradients` that its text speaks of gradients;
    `returned` is the class of what it gave back.
    """

    function: str
    file: str
    error: str | None
    ours: bool
    values: Array | None
    count: int | None
    names: tuple[str, ...] | None
    curves: tuple[Curve, ...]
    ticks: tuple[tuple[float, str], ...]
    are_names: bool = False
    uses_gradients: bool = False
    returned: str | None = None

    @property
    def where(self) -> str:
        """For messages."""
        return f"{self.function} in {self.file}"


def attempts(evidence: Evidence, task: FlowTask, case: str) -> list[FlowAttempt]:
    """All calls on the network of a case. Raises MissingEvidence if none was made."""
    frame = answers(evidence, task.probe.id, f"{task.function} on {case}")[case]
    parts = mappings(frame.header.get("attempts"), MAX_ATTEMPTS)
    if not parts:
        problems = sequence(frame.header.get("problems"))
        first = f" ({str(problems[0])[:300]})" if problems else ""
        raise MissingEvidence(f"expected {task.place}, found none{first}", hint=task.hint)
    return [_attempt(part, index, frame) for index, part in enumerate(parts)]


def _attempt(part: Mapping[str, Any], index: int, frame: Frame) -> FlowAttempt:
    headers = mappings(part.get("curves"))[:MAX_CURVES]
    drawn = [_curve(header, f"{index}.curve.{number}", frame) for number, header in enumerate(headers)]
    ticks = [_ticks(header.get("ticks")) for header in headers]
    return FlowAttempt(
        str(part.get("function"))[:200],
        str(part.get("file"))[:300],
        text(part.get("error"), 500),
        (raised := fault(part)) is not None and raised.ours,
        doubles(frame.arrays.get(f"{index}.values")),
        count if type(count := part.get("values_count")) is int else None,
        _texts(part.get("names")),
        tuple(curve for curve in drawn if curve is not None),
        max(ticks, key=len, default=()),
        part.get("values_are_names") is True,
        part.get("uses_gradients") is True,
        text(part.get("returned"), 80),
    )


def _curve(header: Mapping[str, Any], name: str, frame: Frame) -> Curve | None:
    x, y = (doubles(frame.arrays.get(f"{name}.{axis}")) for axis in "xy")
    if x is None or y is None or x.ndim != 1 or x.shape != y.shape:
        return None
    order = np.argsort(x, kind="stable")
    return Curve(str(header.get("label"))[:200], x[order], y[order], (0, 0), str(header.get("y_scale"))[:20])


def _texts(listed: Any) -> tuple[str, ...] | None:
    names = texts(listed, 200, 200)
    return names if isinstance(listed, list) and all(isinstance(name, str) for name in listed) else None


def _ticks(listed: Any) -> tuple[tuple[float, str], ...]:
    return tuple(
        sorted(
            (float(place), name[:200])
            for place, name in rows(listed, 2)[:200]
            if isinstance(place, int | float) and isinstance(name, str)
        )
    )
