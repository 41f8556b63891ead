"""Typed readings of what `inside/` sends: every field is checked, whatever the box says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.checks import operations
from grader.evidence import Evidence, MissingEvidence
from grader.faults import fault, untouched
from grader.readings import answers
from grader.sandbox.protocol import Array, Frame

MAX_PARAMETERS, MAX_WEIGHTS = 500, 5_000_000
Shapes = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Pass:
    """A network's forward passes in one mode: its operations for the first batch, an output for each batch.

    `graded` is the output for the first batch in a pass with gradients.
    """

    error: str | None
    network: operations.Network | None
    untraced: str | None
    outputs: tuple[Array | None, ...]
    constants: Mapping[str, Array]
    graded: Array | None = None


@dataclass(frozen=True)
class MadeNetwork:
    """A student's network: what its parameters are called and what it did."""

    name: str
    remarks: tuple[str, ...]
    parameters: Shapes
    frozen: tuple[str, ...]
    buffers: Shapes
    passes: Mapping[str, Pass]


def asked(evidence: Evidence, probe: str, case: str, what: str) -> Frame:
    """The answer to one case. Raises MissingEvidence with the reason why there is none."""
    if missing := untouched(evidence):
        raise missing
    return answers(evidence, probe, what)[case]


def made_network(evidence: Evidence, probe: str, case: str, what: str, inputs: int) -> MadeNetwork:
    """Read an answer of `inside/networks.py`. Raises MissingEvidence."""
    frame = asked(evidence, probe, case, what)
    parameters, buffers = shapes(frame.header.get("parameters")), shapes(frame.header.get("buffers"))
    if parameters is None or buffers is None:
        raise MissingEvidence(f"{what}: its parameters could not be written down")
    return MadeNetwork(
        text(frame.header.get("name")) or "",
        tuple(part[:200] for part in sequence(frame.header.get("remarks"))[:20] if isinstance(part, str)),
        parameters,
        tuple(part[:200] for part in sequence(frame.header.get("frozen"))[:MAX_PARAMETERS] if isinstance(part, str)),
        buffers,
        {mode: _pass(frame, mode, what, inputs) for mode in ("evaluation", "training")},
    )


def _pass(frame: Frame, mode: str, what: str, inputs: int) -> Pass:
    header = frame.header.get(mode)
    header = header if isinstance(header, dict) else {}
    if (raised := fault(header)) and (raised.ours or raised.unattempted):
        raise raised.as_missing(what)
    network, problem = None, text(header.get("trace_error"))
    if "trace" in header:
        try:
            network = operations.parse(header["trace"])
        except operations.NotReplayable as error:
            problem = str(error)
    found = [frame.arrays.get(f"{mode}.output.{index}") for index in range(inputs)]
    return Pass(
        text(header.get("error")),
        network,
        problem,
        tuple(array if array is not None and array.dtype.kind in "biuf" else None for array in found),
        {name.removeprefix(f"{mode}."): array for name, array in frame.arrays.items()
         if name.startswith(f"{mode}.constant.")},
        frame.arrays.get(f"{mode}.graded"),
    )  # fmt: skip


def shapes(listed: Any) -> Shapes | None:
    """Names and shapes, or None if they are malformed or too large for numbers to be drawn for them."""
    pairs = [part for part in sequence(listed) if isinstance(part, list) and len(part) == 2]
    if len(pairs) != len(sequence(listed)) or len(pairs) > MAX_PARAMETERS:
        return None
    if not all(isinstance(name, str) and len(name) <= 300 and _is_shape(shape) for name, shape in pairs):
        return None
    found = tuple((name, tuple(shape)) for name, shape in pairs)
    return found if sum(math.prod(shape) for _, shape in found) <= MAX_WEIGHTS else None


def _is_shape(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 8 and all(type(n) is int and 0 <= n <= MAX_WEIGHTS for n in value)


def text(value: object) -> str | None:
    """A text of bounded length, or None."""
    return value[:2000] if isinstance(value, str) else None


def sequence(value: object) -> Sequence[Any]:
    """A list, or an empty one in place of anything else."""
    return value if isinstance(value, list) else []
